import * as tf from '@tensorflow/tfjs-core';
import { decodeModulator } from '@kernelcast/artifact';
import type { ModulatorEncoding, WeightMap } from '@kernelcast/artifact';
import { initBackend } from '@kernelcast/compute';
import { goldenLogits, goldenMatches } from '@kernelcast/km';
import type { LoadedDataset } from '@kernelcast/nets/node';
import { encodeTrainedModulator } from '../artifact.js';
import type { StepReport, TrainingOptions } from '../training.types.js';
import { tinyBase, tinyDataset } from './tiny-task.fixture.js';
import { train } from './train.js';

const options = (changes: Partial<TrainingOptions> = {}): TrainingOptions => ({
  base: tinyBase(),
  dataset: tinyDataset(),
  method: 'km',
  budget: { paramsRatio: 0.2 },
  hyperparameters: { steps: 40, batchSize: 16, shiftPixels: 1 },
  seed: 3,
  ...changes,
});

const valuesOf = (tensors: WeightMap) => [...tensors].map(([name, { data }]) => [name, [...data]]);

/** Runs until `steps` steps are done, then stops it as a shutdown would; gives the last checkpoint. */
async function interrupted(steps: number, settings: TrainingOptions): Promise<Uint8Array> {
  const controller = new AbortController();
  const reason = new Error('shutting down');
  let last: Uint8Array | undefined;
  const stopped = train({
    ...settings,
    signal: controller.signal,
    onStep: ({ step }) => (step === steps ? controller.abort(reason) : undefined),
    onCheckpoint: (bytes) => void (last = bytes),
  });
  await expect(stopped).rejects.toBe(reason);
  if (last === undefined) throw new Error('no checkpoint');
  return last;
}

beforeAll(() => initBackend({ force: 'wasm' }));

describe.each(['km', 'head'])('train by %s', (method) => {
  it('learns, and measures it on the test images', async () => {
    const { metrics, labels, steps } = await train(options({ method, hyperparameters: { steps: 150 } }));
    expect(metrics.top1).toBeGreaterThan(0.9);
    expect(metrics).toMatchObject({ images: 30, perClass: labels.map((label) => ({ label, images: 10 })) });
    expect(steps).toBe(150);
  });

  it('repeats bit for bit, and differs by seed', async () => {
    const [first, again, other] = [
      await train(options({ method })),
      await train(options({ method })),
      await train(options({ method, seed: 4 })),
    ];
    expect(valuesOf(again.artifactTensors)).toEqual(valuesOf(first.artifactTensors));
    expect(again.metrics).toEqual(first.metrics);
    expect(valuesOf(other.artifactTensors)).not.toEqual(valuesOf(first.artifactTensors));
  });

  it('continues from a checkpoint as if it had never stopped', async () => {
    const whole: StepReport[] = [];
    const parts: StepReport[] = [];
    const expected = await train(options({ method, onStep: (report) => void whole.push(report) }));
    const checkpoint = await interrupted(17, options({ method }));
    const later = await interrupted(29, options({ method, checkpoint }));
    const resumed = await train(options({ method, checkpoint: later, onStep: (report) => void parts.push(report) }));
    expect(valuesOf(resumed.artifactTensors)).toEqual(valuesOf(expected.artifactTensors));
    expect(resumed.metrics).toEqual(expected.metrics);
    const curve = (reports: StepReport[]) => reports.map(({ step, loss, smoothedLoss }) => [step, loss, smoothedLoss]);
    expect(curve(parts)).toEqual(curve(whole.slice(29)));
  });

  it('leaks no tensor, finished or interrupted', async () => {
    const before = tf.memory().numTensors;
    await train(options({ method }));
    await interrupted(3, options({ method }));
    expect(tf.memory().numTensors).toBe(before);
  });

  it('lets the event loop run between any two steps', async () => {
    let ticks = 0;
    let running = true;
    const tick = () => {
      ticks++;
      if (running) setImmediate(tick);
    };
    setImmediate(tick);
    const seen: number[] = [];
    await train(options({ method, onStep: () => void seen.push(ticks) }));
    running = false;
    expect(seen.every((value, i) => i === 0 || value > (seen[i - 1] ?? 0))).toBe(true);
  });

  it.each<ModulatorEncoding>(['f32', 'f16', 'i8'])(
    'gives an artifact that passes its golden check in %s',
    async (encoding) => {
      const settings = options({ method, encoding });
      const result = await train(settings);
      const bytes = encodeTrainedModulator({ ...settings, result, task: 'stripes', encoding, trainedBy: 'spec' });
      const { tensors, labels, baseDigest, goldenSeed, plan } = decodeModulator(bytes);
      expect({ labels, baseDigest }).toEqual({
        labels: ['columns', 'plain', 'rows'],
        baseDigest: settings.base.digest,
      });
      expect(plan).toMatchObject({ params: result.plan.totalParams });
      const expected = tensors.get('golden/logits')?.data ?? new Float32Array();
      expect(goldenMatches(goldenLogits(settings.base, tensors, goldenSeed).data, expected, encoding)).toBe(true);
    },
  );
});

describe('train', () => {
  it('saves every so many steps, and after the last', async () => {
    const saved: number[] = [];
    await train(options({ checkpointEverySteps: 15, onCheckpoint: (_, step) => void saved.push(step) }));
    expect(saved).toEqual([15, 30, 40]);
  });

  it('needs no step more when it was stopped while measuring', async () => {
    const controller = new AbortController();
    let last: Uint8Array | undefined;
    const stopped = train(
      options({
        signal: controller.signal,
        onEvaluate: () => controller.abort(),
        onCheckpoint: (bytes) => void (last = bytes),
      }),
    );
    await expect(stopped).rejects.toThrow('aborted');
    const reports: StepReport[] = [];
    const resumed = await train(options({ checkpoint: last, onStep: (report) => void reports.push(report) }));
    expect(reports).toEqual([]);
    expect(resumed.metrics).toEqual((await train(options())).metrics);
  });

  it('never writes to the base or the dataset', async () => {
    const settings = options();
    await train(settings);
    expect(valuesOf(settings.base.weights)).toEqual(valuesOf(tinyBase().weights));
    expect(settings.dataset).toEqual(tinyDataset());
  });

  it('stops when the loss is no number', async () => {
    const settings = options({ base: tinyBase(3e38) });
    await expect(train(settings)).rejects.toMatchObject({ code: 'training_diverged', step: 1 });
  });

  it.each<[string, Partial<TrainingOptions>]>([
    ['another seed', { seed: 4 }],
    ['another method', { method: 'head' }],
    ['another budget', { budget: { paramsRatio: 0.3 } }],
    ['other hyperparameters', { hyperparameters: { steps: 41, batchSize: 16, shiftPixels: 1 } }],
    ['another dataset', { dataset: tinyDataset(21) }],
    ['another base', { base: { ...tinyBase(), digest: `sha256:${'2'.repeat(64)}` } }],
  ])('refuses a checkpoint of a run with %s', async (_, changes) => {
    const checkpoint = await interrupted(2, options());
    await expect(train(options({ ...changes, checkpoint }))).rejects.toMatchObject({ code: 'checkpoint_invalid' });
  });

  it('refuses a damaged checkpoint', async () => {
    const checkpoint = (await interrupted(2, options())).slice(0, -1);
    await expect(train(options({ checkpoint }))).rejects.toMatchObject({ code: 'checkpoint_invalid' });
    await expect(train(options({ checkpoint: new Uint8Array() }))).rejects.toMatchObject({
      code: 'checkpoint_invalid',
    });
  });

  const whole = tinyDataset();
  it.each<[string, Partial<LoadedDataset>]>([
    ['a single class', { labels: ['columns'] }],
    ['no test image', { test: { images: new Uint8Array(), labels: new Uint16Array(), count: 0 } }],
    ['a single training image', { train: { images: whole.train.images.slice(0, 192), labels: whole.train.labels.slice(0, 1), count: 1 } }], // prettier-ignore
    ['a class that is never shown', { labels: [...whole.labels, 'zebra'] }],
    ['a label without a class', { labels: whole.labels.slice(0, 2) }],
    ['images of another size', { test: { ...whole.test, images: whole.test.images.slice(1) } }],
  ])('refuses a dataset with %s', async (_, changes) => {
    const run = train(options({ dataset: { ...whole, ...changes } }));
    await expect(run).rejects.toMatchObject({ code: 'dataset_invalid' });
  });
});
