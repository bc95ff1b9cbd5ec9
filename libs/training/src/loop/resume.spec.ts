import { createHash } from 'node:crypto';
import * as tf from '@tensorflow/tfjs-core';
import { encodeWeights } from '@kernelcast/artifact';
import type { WeightMap } from '@kernelcast/artifact';
import { initBackend } from '@kernelcast/compute';
import type { TrainingOptions, TrainingResult } from '../training.types.js';
import { tinyBase, tinyDataset } from './tiny-task.fixture.js';
import { train } from './train.js';

const common = { batchSize: 8, shiftPixels: 1 };
/** Long enough for time to decide nothing. */
const AMPLE_SECONDS = 1e6;

const cases: [string, Partial<TrainingOptions>][] = [
  ['momentum', { hyperparameters: { ...common, steps: 8, optimiser: 'sgd', learningRate: 0.1 } }],
  ['averaged weights', { hyperparameters: { ...common, steps: 8, averaging: 0.9, gradientClip: 0.5 } }],
  ['held-back images', { hyperparameters: { ...common, steps: 8, validationShare: 0.3, evaluateEverySteps: 2 } }],
  [
    'early stopping',
    {
      hyperparameters: {
        ...common,
        steps: 60,
        validationShare: 0.3,
        evaluateEverySteps: 1,
        patience: 2,
        averaging: 0.8,
      },
    },
  ],
  ['a search', { hyperparameters: { ...common, steps: 4 }, searchSeconds: AMPLE_SECONDS }],
  [
    'a search before early stopping',
    {
      hyperparameters: {
        ...common,
        steps: 4,
        labelSmoothing: 0,
        validationShare: 0.2,
        patience: 1,
        evaluateEverySteps: 2,
      },
      searchSeconds: AMPLE_SECONDS,
    },
  ],
];

const options = (changes: Partial<TrainingOptions>): TrainingOptions => ({
  base: tinyBase(),
  dataset: tinyDataset(),
  method: 'km',
  budget: { paramsRatio: 0.2 },
  seed: 3,
  ...changes,
});

/** Equal for tensors that are equal bit for bit. */
const fingerprint = (tensors: WeightMap) => createHash('sha256').update(encodeWeights(tensors, 'f32')).digest('hex');
/** All of a result that must not depend on interruptions. */
const essence = ({ artifactTensors, metrics, hyperparameters, steps, validation, trials }: TrainingResult) => ({
  tensors: fingerprint(artifactTensors),
  metrics,
  hyperparameters,
  steps,
  validation,
  trials: trials?.map(({ seconds: _, ...trial }) => trial),
});

beforeAll(() => initBackend({ force: 'wasm' }));

describe.each(cases)('a run with %s', (_, changes) => {
  it('continues from its checkpoint after any step as if it had never stopped', async () => {
    const checkpoints = new Map<number, Uint8Array>();
    const whole = await train(
      options({
        ...changes,
        checkpointEverySteps: 1,
        onCheckpoint: (bytes, step) => void checkpoints.set(step, bytes),
      }),
    );
    const trialSteps = whole.trials?.reduce((sum, { steps }) => sum + steps, 0) ?? 0;
    expect([...checkpoints.keys()]).toEqual(Array.from({ length: trialSteps + whole.steps }, (_one, i) => i + 1));
    for (const checkpoint of checkpoints.values()) {
      expect(essence(await train(options({ ...changes, checkpoint })))).toEqual(essence(whole));
    }
  });

  it('can be stopped at every pause, again and again, and loses no step', async () => {
    const whole = await train(options(changes));
    const before = tf.memory().numTensors;
    let checkpoint: Uint8Array | undefined;
    let result: TrainingResult | undefined;
    for (let attempt = 0; result === undefined && attempt < 200; attempt++) {
      const controller = new AbortController();
      const stop = () => controller.abort(new Error('stopped'));
      // Every third attempt ends in the middle of measuring, the others after a step or a trial.
      const hooks: Partial<TrainingOptions> =
        attempt % 3 === 2 ? { onValidate: stop, onSearch: stop, onEvaluate: stop } : { onStep: stop, onSearch: stop };
      const settings = options({ ...changes, ...hooks, checkpoint, signal: controller.signal });
      result = await train({ ...settings, onCheckpoint: (bytes) => void (checkpoint = bytes) }).catch(
        (reason: unknown) => {
          if (!controller.signal.aborted) throw reason;
          return undefined;
        },
      );
      // What a hook has stopped at the very end may still have to measure the test images.
      if (attempt === 199) throw new Error('never came to its end');
    }
    expect(result && essence(result)).toEqual(essence(whole));
    expect(tf.memory().numTensors).toBe(before);
  });
});
