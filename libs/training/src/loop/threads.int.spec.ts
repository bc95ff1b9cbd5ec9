import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { encodeWeights } from '@kernelcast/artifact';
import { initBackend } from '@kernelcast/compute';
import type { TrainingOptions } from '../training.types.js';
import { tinyBase, tinyDataset } from './tiny-task.fixture.js';
import type { train as trainFunction } from './train.js';

/** Threads run outside of the test runner, so what starts them is built: `npx nx build training`. */
const BUILT = pathToFileURL(path.resolve(import.meta.dirname, '../../dist/loop/train.js')).href;

let train: typeof trainFunction;
beforeAll(async () => {
  ({ train } = (await import(BUILT)) as { train: typeof trainFunction });
  await initBackend({ force: 'wasm' });
});

const options = (changes: Partial<TrainingOptions> = {}): TrainingOptions => ({
  base: tinyBase(),
  dataset: tinyDataset(),
  method: 'km',
  budget: { paramsRatio: 0.2 },
  hyperparameters: { steps: 60, batchSize: 16, validationShare: 0.2 },
  seed: 3,
  threads: 2,
  ...changes,
});
const bytesOf = ({ artifactTensors }: Awaited<ReturnType<typeof train>>) => encodeWeights(artifactTensors, 'f32');

describe('training on threads', () => {
  it('learns, and goes on from a checkpoint as if it had never stopped', async () => {
    const checkpoints: Uint8Array[] = [];
    const whole = await train(
      options({ checkpointEverySteps: 25, onCheckpoint: (bytes) => void checkpoints.push(bytes) }),
    );
    expect(whole.metrics.top1).toBeGreaterThan(0.8);
    expect(checkpoints).toHaveLength(3);
    const resumed = await train(options({ checkpoint: checkpoints[1] }));
    expect(bytesOf(resumed)).toEqual(bytesOf(whole));
    expect(resumed.metrics).toEqual(whole.metrics);
  });
});
