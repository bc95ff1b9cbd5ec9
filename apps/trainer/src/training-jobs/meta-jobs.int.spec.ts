import { jest } from '@jest/globals';
import { decodeModulator, GOLDEN_LOGITS, type ModulatorArtifact } from '@kernelcast/artifact';
import { initInferenceBackend } from '@kernelcast/compute';
import { digestSchema, metaMetricsSchema } from '@kernelcast/contracts';
import { fold, goldenLogits, goldenMatches, headOf } from '@kernelcast/km';
import { createRunner, foldBatchNorm, loadBaseNetwork, type BaseNetwork } from '@kernelcast/nets';
import { readBlob } from '@kernelcast/storage';
import { waitFor } from '@kernelcast/testing';
import { PROCESSORS } from '../devices/find-devices.js';
import { attemptTools } from '../testing/attempt-tools.js';
import { MetaJobs } from '../testing/meta-jobs.js';
import { TrainingFixture } from '../testing/training-fixture.js';
import { TrainingJobsWorker } from './training-jobs.worker.js';

/** More outer steps than any test waits for. */
const ENDLESS = 100_000;
const LIMIT_BYTES = 1e7;
jest.setTimeout(300_000);
/** A training process takes a second to start, and many on a machine that is busy. */
const PATIENCE_MS = 200_000;
const never = new AbortController().signal;

let fixture: TrainingFixture;
let jobs: MetaJobs;
beforeAll(async () => {
  fixture = await TrainingFixture.create();
  jobs = await MetaJobs.create(fixture);
});
afterAll(() => fixture.close());

const work = (id: string, signal = never): Promise<string> =>
  new TrainingJobsWorker(attemptTools(fixture), signal).handle({ trainingJobId: id }, PROCESSORS);
const madeBy = (trainingJobId: string) => fixture.database.prisma.baseNetwork.findUnique({ where: { trainingJobId } });
const read = (digest: string | null | undefined): Promise<Uint8Array> =>
  readBlob(fixture.store, digestSchema.parse(digest), LIMIT_BYTES);
const untilCheckpoint = (id: string): Promise<string> =>
  waitFor('a checkpoint', async () => (await fixture.checkpointKeys(id))[0], PATIENCE_MS);

async function loadMade(trainingJobId: string): Promise<BaseNetwork> {
  const made = await madeBy(trainingJobId);
  return loadBaseNetwork(await read(made?.graphDigest), await read(made?.weightsDigest));
}

describe('a meta job that is interrupted and continued', () => {
  let id: string;
  beforeAll(async () => {
    id = await jobs.order('signs');
    const shutdown = new AbortController();
    const done = work(id, shutdown.signal);
    await untilCheckpoint(id);
    shutdown.abort();
    expect(await done).toBe('again');
    expect(await fixture.job(id)).toMatchObject({ state: 'queued', attempt: 0, leaseToken: null });
    expect(await madeBy(id)).toBeNull();
  });
  beforeAll(async () => {
    expect(await work(id)).toBe('done');
  });

  it('ends as succeeded, goes on where it was, and leaves no checkpoint', async () => {
    expect(await fixture.job(id)).toMatchObject({ state: 'succeeded', step: 40, steps: 40, backend: 'wasm' });
    expect(await fixture.states(id)).toEqual(['running', 'queued', 'running', 'evaluating', 'succeeded']);
    const events = await fixture.events(id);
    const restart = events.findLastIndex(({ data }) => data['state'] === 'running');
    const before = events.slice(0, restart).filter(({ type }) => type === 'checkpoint');
    const firstStep = events.slice(restart).find(({ type }) => type === 'step');
    expect(Number(firstStep?.data['step'])).toBeGreaterThan(Number(before.at(-1)?.data['step']));
    expect(await fixture.checkpointKeys(id)).toEqual([]);
  });

  it('has made a base network that loads from its files under its digest', async () => {
    const made = await madeBy(id);
    expect(made).toMatchObject({ name: 'signs', architecture: 'conv4', inputHeight: 16, state: 'active' });
    const base = await loadMade(id);
    expect(base.digest).toBe(made?.digest);
    expect((await read(made?.weightsDigest)).byteLength).toBe(made?.weightsSize);
    expect((await read(made?.startDigest)).byteLength).toBeGreaterThan(0);
    expect((await fixture.events(id)).at(-1)?.data).toMatchObject({ state: 'succeeded', baseNetwork: made?.id });
    const logged = (await fixture.events(id)).filter(({ data }) => /Inner rates times/.test(String(data['message'])));
    expect(logged).toHaveLength(5);
  });

  it('is measured on classes that were held out', async () => {
    const metrics = metaMetricsSchema.parse((await fixture.job(id)).metrics);
    expect(metrics.classes).toBe(3);
    expect(metrics.results.map(({ ways, shots }) => [ways, shots])).toEqual([[3, 1], [3, 2]]); // prettier-ignore
    // One of three would be right by chance.
    for (const { accuracy, halfWidth } of metrics.results) expect(accuracy - halfWidth).toBeGreaterThan(1 / 3);
  });

  it('is left alone when its message comes again', async () => {
    expect(await work(id)).toBe('done');
    expect(await fixture.database.prisma.baseNetwork.count({ where: { name: 'signs' } })).toBe(1);
  });

  it('gives the files that an undisturbed one gives, which are not registered twice', async () => {
    const undisturbed = await jobs.order('same-signs');
    expect(await work(undisturbed)).toBe('done');
    const { state, errorCode, errorRetryable, errorMessage } = await fixture.job(undisturbed);
    expect({ state, errorCode, errorRetryable }).toEqual({ state: 'failed', errorCode: 'name_taken', errorRetryable: false }); // prettier-ignore
    expect(errorMessage).toContain(`"signs" has the same files, ${(await madeBy(id))?.digest}`);
    expect(await madeBy(undisturbed)).toBeNull();
  });

  it('fails another one of its name when that comes to its end', async () => {
    const namesake = await jobs.order('signs', { iterations: 2 });
    await work(namesake);
    expect(await fixture.job(namesake)).toMatchObject({ state: 'failed', errorCode: 'name_taken', metrics: null });
  });
});

describe('a meta job in work', () => {
  it('stops when it is cancelled, and leaves neither base network nor checkpoint', async () => {
    const id = await jobs.order('cancelled', { iterations: ENDLESS });
    const done = work(id);
    const key = await untilCheckpoint(id);
    await fixture.cancel(id);
    expect(await done).toBe('done');
    expect((await fixture.job(id)).state).toBe('cancelled');
    expect(await madeBy(id)).toBeNull();
    expect(await fixture.store.stat(key)).toBeNull();
  });
});

describe('a meta job that cannot succeed', () => {
  it.each([
    ['too few images of a class', { shots: [4] }, 'dataset_invalid', /5 images; 6 are needed/],
    ['too few classes to hold out', { heldOutClasses: 11 }, 'dataset_invalid', /1 classes; 3 are needed/],
  ])('fails for %s, before it trains', async (_, changes, code, message) => {
    const id = await jobs.order('never', changes);
    await work(id);
    const job = await fixture.job(id);
    expect(job).toMatchObject({ state: 'failed', errorCode: code, step: null });
    expect(job.errorMessage).toMatch(message);
  });
});

describe('a few-shot job', () => {
  let base: BaseNetwork;
  let baseNetworkId: string;
  beforeAll(async () => {
    const id = await jobs.order('for-few-shots', { iterations: 41 });
    await work(id);
    base = await loadMade(id);
    baseNetworkId = (await madeBy(id))?.id ?? '';
    await initInferenceBackend();
  });

  const artifactOf = async (id: string): Promise<ModulatorArtifact> =>
    decodeModulator(await read((await fixture.job(id)).result?.digest));

  it('makes an ordinary version from three drawings of each of three new signs', async () => {
    const id = await jobs.orderFewShot(baseNetworkId);
    expect(await work(id)).toBe('done');
    const job = await fixture.job(id);
    expect(job).toMatchObject({ state: 'succeeded', metrics: { images: 12, comparison: null } });
    expect(job.result).toMatchObject({ version: 1, method: 'km', encoding: 'f16', labels: ['star', 'moon', 'sun'] });
    expect((job.metrics as { top1: number }).top1).toBeGreaterThan(0.7);
    expect(await fixture.states(id)).toEqual(['running', 'evaluating', 'succeeded']);
  });

  it('leaves an artifact that a device can check, fold and answer by', async () => {
    const id = await jobs.orderFewShot(baseNetworkId);
    await work(id);
    const { tensors, baseDigest, goldenSeed, encoding } = await artifactOf(id);
    expect(baseDigest).toBe(base.digest);
    const expected = tensors.get(GOLDEN_LOGITS)?.data ?? new Float32Array();
    expect(goldenMatches(goldenLogits(base, tensors, goldenSeed).data, expected, encoding)).toBe(true);
    const folded = foldBatchNorm({ graph: base.graph, weights: fold(base, tensors) });
    const runner = createRunner(folded, headOf(base.graph, tensors));
    const logits = runner.predict(new Uint8Array(16 * 16 * 3).fill(128));
    runner.dispose();
    expect(logits).toHaveLength(3);
    expect([...logits].every(Number.isFinite)).toBe(true);
  });

  it('takes as many inner steps as it is told to', async () => {
    const [few, many] = [await jobs.orderFewShot(baseNetworkId, 1), await jobs.orderFewShot(baseNetworkId, 9)];
    for (const id of [few, many]) await work(id);
    const [one, nine] = [await fixture.job(few), await fixture.job(many)];
    expect((nine.steps ?? 0) - (one.steps ?? 0)).toBe(8);
    expect(nine.result?.digest).not.toBe(one.result?.digest);
  });

  it('fails on a base network without a starting point', async () => {
    const { id: plain } = await fixture.database.prisma.baseNetwork.findFirstOrThrow({ where: { name: 'conv4' } });
    const id = await jobs.orderFewShot(plain);
    await work(id);
    expect(await fixture.job(id)).toMatchObject({ state: 'failed', errorCode: 'base_network_invalid' });
  });
});
