import { jest } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeModulator, GOLDEN_LOGITS } from '@kernelcast/artifact';
import { initInferenceBackend } from '@kernelcast/compute';
import { goldenLogits, goldenMatches } from '@kernelcast/km';
import { countParameters } from '@kernelcast/nets';
import { loadBuiltinBaseNetwork } from '@kernelcast/nets/node';
import { digestSchema } from '@kernelcast/contracts';
import { blobKey, readBlob } from '@kernelcast/storage';
import { PROCESSORS } from '../devices/find-devices.js';
import { attemptTools } from '../testing/attempt-tools.js';
import { COLOUR_LABELS, imagelessZip } from '../testing/colour-dataset.js';
import { waitFor } from '@kernelcast/testing';
import { TrainingFixture } from '../testing/training-fixture.js';
import { TrainingJobsWorker } from './training-jobs.worker.js';
import { LeaseLostError } from './training-jobs.types.js';

/** Each test starts several trainings; a machine that is busy with other work is given its time. */
jest.setTimeout(300_000);

/** More steps than any test waits for. */
const ENDLESS = 100_000;
const never = new AbortController().signal;

let fixture: TrainingFixture;
beforeAll(async () => {
  fixture = await TrainingFixture.create();
});
afterAll(() => fixture.close());

const work = (id: string, signal = never): Promise<string> =>
  new TrainingJobsWorker(attemptTools(fixture), signal).handle({ trainingJobId: id }, PROCESSORS);

const versionsOf = (trainingJobId: string): Promise<number> =>
  fixture.database.prisma.modulatorVersion.count({ where: { trainingJobId } });

const untilStep = (id: string): Promise<unknown> =>
  waitFor('the first steps', async () => ((await fixture.job(id)).step ?? 0) > 0, 120_000);
const untilCheckpoint = (id: string): Promise<string> =>
  waitFor('a checkpoint', async () => (await fixture.checkpointKeys(id))[0], 120_000);

describe('a km job', () => {
  let id: string;
  beforeAll(async () => {
    id = await fixture.createJob();
    expect(await work(id)).toBe('done');
  });

  it('ends as succeeded, with its metrics, its backend and one version', async () => {
    const job = await fixture.job(id);
    expect(job).toMatchObject({
      state: 'succeeded',
      attempt: 1,
      step: 12,
      steps: 12,
      leaseToken: null,
      backend: 'wasm',
      threads: 1,
    });
    expect(job.metrics).toMatchObject({ images: 12, perClass: COLOUR_LABELS.map((label) => ({ label, images: 4 })) });
    expect(await fixture.checkpointKeys(id)).toEqual([]);
    expect(job.result).toMatchObject({ version: 1, method: 'km', encoding: 'f16', labels: [...COLOUR_LABELS] });
    expect(await fixture.states(id)).toEqual(['running', 'evaluating', 'succeeded']);
  });

  it('learns: three colours are told apart', async () => {
    expect((await fixture.job(id)).metrics).toMatchObject({ top1: 1 });
  });

  it('keeps to its budget of 1.4 % of the base, and uses most of it', async () => {
    const { result } = await fixture.job(id);
    const { base } = await loadBuiltinBaseNetwork('resnet14-cifar10');
    const share = (result?.parameters ?? 0) / countParameters(base.graph);
    expect(share).toBeLessThanOrEqual(0.014);
    expect(share).toBeGreaterThan(0.0135);
    expect(result?.headParameters).toBe((base.graph.featureSize + 1) * COLOUR_LABELS.length);
  });

  it('logs its last step and its start', async () => {
    const events = await fixture.events(id);
    expect(events.filter(({ type }) => type === 'step').at(-1)?.data).toMatchObject({ step: 12, steps: 12 });
    expect(events.find(({ type }) => type === 'log')?.data['message']).toMatch(
      /Training on 30 images, measuring on 12/,
    );
  });

  it('leaves an artifact that a device can check and fold', async () => {
    const { result, task } = await fixture.job(id);
    const bytes = await readBlob(fixture.store, digestSchema.parse(result?.digest), 1e7);
    expect(bytes.byteLength).toBe(result?.size);
    const artifact = decodeModulator(bytes);
    const { base } = await loadBuiltinBaseNetwork('resnet14-cifar10');
    expect(artifact).toMatchObject({ baseDigest: base.digest, task: task?.name, labels: [...COLOUR_LABELS], seed: 7 });
    await initInferenceBackend();
    const expected = artifact.tensors.get(GOLDEN_LOGITS)?.data ?? new Float32Array();
    const actual = goldenLogits(base, artifact.tensors, artifact.goldenSeed).data;
    expect(goldenMatches(actual, expected, artifact.encoding)).toBe(true);
  });

  it('is left alone when its message comes again', async () => {
    expect(await work(id)).toBe('done');
    expect(await versionsOf(id)).toBe(1);
    expect((await fixture.job(id)).attempt).toBe(1);
  });

  it('gives the same bytes when it is run again, as the next version', async () => {
    const again = await fixture.repeatJob(id);
    await work(again);
    const [first, second] = [await fixture.job(id), await fixture.job(again)];
    expect(second.result).toMatchObject({ version: 2, digest: first.result?.digest });
  });
});

describe('a head job', () => {
  it('registers a version without modulator parameters', async () => {
    const id = await fixture.createJob({ method: 'head', steps: 60 });
    await work(id);
    const job = await fixture.job(id);
    expect(job.state).toBe('succeeded');
    expect(job.result).toMatchObject({ method: 'head', parameters: 0 });
  });
});

describe('a job that cannot succeed', () => {
  it.each([
    ['a dataset without images', async () => ({ dataset: await imagelessZip() }), 'dataset_invalid'],
    ['a dataset that is no zip', async () => ({ dataset: Buffer.from('not a zip') }), 'dataset_invalid'],
    ['labels the dataset does not have', async () => ({ labels: ['red', 'green', 'violet'] }), 'labels_mismatch'],
    ['a budget nothing fits in', async () => ({ budget: { paramsRatio: 1e-6 } }), 'budget_unreachable'],
  ])('fails for %s, for good, and leaves nothing behind', async (_what, options, code) => {
    const id = await fixture.createJob(await options());
    expect(await work(id)).toBe('done');
    const job = await fixture.job(id);
    expect(job).toMatchObject({ state: 'failed', errorCode: code, errorRetryable: false, leaseToken: null });
    expect(job.finishedAt).not.toBeNull();
    expect(await fixture.states(id)).toEqual(['running', 'failed']);
    expect(await versionsOf(id)).toBe(0);
  });

  it('fails when its dataset is not in the store', async () => {
    const id = await fixture.createJob({ dataset: Buffer.from('soon gone') });
    const { datasetVersion } = await fixture.database.prisma.trainingJob.findUniqueOrThrow({
      where: { id },
      include: { datasetVersion: true },
    });
    await fixture.store.delete(blobKey(digestSchema.parse(datasetVersion.digest)));
    await work(id);
    expect(await fixture.job(id)).toMatchObject({ state: 'failed', errorCode: 'input_missing', errorRetryable: true });
    expect((await fixture.job(id)).errorMessage).toMatch(/dataset .*upload it again/);
  });
});

describe('a job whose process dies', () => {
  const crash = async (attempt: number) => {
    const childEntry = path.join(fixture.folder, 'crash.mjs');
    await writeFile(childEntry, "process.on('message', () => process.kill(process.pid, 'SIGKILL'));");
    const id = await fixture.createJob({ attempt });
    const tools = attemptTools(fixture, { childEntry });
    await new TrainingJobsWorker(tools, never).handle({ trainingJobId: id }, PROCESSORS);
    return id;
  };

  it('is tried again, and given up after the fifth attempt', async () => {
    const id = await crash(3);
    const job = await fixture.job(id);
    expect(job).toMatchObject({ state: 'failed', attempt: 5, errorCode: 'worker_crashed', errorRetryable: true });
    expect(job.errorMessage).toMatch(/5 attempts.*killed/);
    expect(await fixture.states(id)).toEqual(['running', 'queued', 'running', 'failed']);
  });

  it('is not even started when its attempts are used up', async () => {
    const id = await crash(5);
    expect(await fixture.job(id)).toMatchObject({ state: 'failed', attempt: 5, errorCode: 'worker_crashed' });
    expect(await fixture.states(id)).toEqual(['failed']);
  });
});

describe('a job in work', () => {
  it('shows its progress, its pace and its smoothed loss', async () => {
    const id = await fixture.createJob({ steps: ENDLESS });
    const done = work(id);
    const job = await waitFor('an estimate', async () => {
      const row = await fixture.job(id);
      return row.estimatedFinish && row;
    });
    expect(job.state).toBe('running');
    expect(job.steps).toBe(ENDLESS);
    expect(job.loss).toBeGreaterThan(0);
    expect(job.estimatedFinish?.getTime()).toBeGreaterThan(Date.now());
    await fixture.cancel(id);
    await done;
  });

  it('stops when it is cancelled, stays so, and leaves no checkpoint', async () => {
    const id = await fixture.createJob({ steps: ENDLESS });
    const done = work(id);
    const key = await untilCheckpoint(id);
    await fixture.cancel(id);
    expect(await done).toBe('done');
    expect((await fixture.job(id)).state).toBe('cancelled');
    expect(await versionsOf(id)).toBe(0);
    expect(await fixture.store.stat(key)).toBeNull();
  });

  it('is dropped by a worker that lost its lease, whose result is refused', async () => {
    const id = await fixture.createJob({ steps: ENDLESS });
    const { repository } = attemptTools(fixture);
    const taken = await repository.lease(id);
    if (taken.kind !== 'taken' || taken.job.scenario === 'meta') throw new Error(taken.kind);
    const done = work(id);
    await untilStep(id);
    const zombie = taken.job;
    const { digest } = zombie.base;
    const made = {
      digest,
      size: 1,
      encoding: 'f16',
      parameters: 1,
      headParameters: 1,
      predictions: { digest, size: 1 },
    };
    const run = { steps: 1, seconds: 1, metrics: {}, layerChanges: [], hyperparameters: {}, trainerVersion: '0' };
    await expect(repository.finish(zombie, { ...made, ...run })).rejects.toBeInstanceOf(LeaseLostError);
    expect(await versionsOf(id)).toBe(0);

    const next = await repository.lease(id);
    expect(await done).toBe('done');
    expect(next).toMatchObject({ kind: 'taken', job: { lease: { attempt: 3 } } });
    expect(await fixture.job(id)).toMatchObject({ state: 'running', attempt: 3 });
  });
});

describe('a shutdown', () => {
  it('gives the job back with a checkpoint, from which the next worker continues to the same result', async () => {
    const id = await fixture.createJob({ steps: 24 });
    const shutdown = new AbortController();
    const done = work(id, shutdown.signal);
    await untilStep(id);
    shutdown.abort();
    expect(await done).toBe('again');
    const released = await fixture.job(id);
    expect(released).toMatchObject({ state: 'queued', attempt: 0, leaseToken: null });
    const [key = ''] = await fixture.checkpointKeys(id);
    expect(await fixture.store.stat(key)).not.toBeNull();

    const before = await fixture.events(id);
    const checkpointed = Number(before.filter(({ type }) => type === 'checkpoint').at(-1)?.data['step']);
    await work(id);
    const after = (await fixture.events(id)).slice(before.length);
    const firstStep = Number(after.find(({ type }) => type === 'step')?.data['step']);
    expect(firstStep).toBeGreaterThan(checkpointed);
    expect(await fixture.store.stat(key)).toBeNull();

    const undisturbed = await fixture.repeatJob(id);
    await work(undisturbed);
    const digest = (await fixture.job(undisturbed)).result?.digest;
    expect((await fixture.job(id)).result?.digest).toBe(digest);
  });
});
