import * as tf from '@tensorflow/tfjs-core';
import { initBackend } from '@kernelcast/compute';
import { evaluate } from '../evaluation/evaluate.js';
import type { StepReport, TrainingOptions } from '../training.types.js';
import { tinyBase, tinyDataset } from './tiny-task.fixture.js';
import { train } from './train.js';

const base = tinyBase();
const dataset = tinyDataset();
const common: TrainingOptions = { base, dataset, method: 'km', budget: { paramsRatio: 0.3 }, seed: 3, encoding: 'f32' };

async function trained(options: Partial<TrainingOptions>) {
  const reports: StepReport[] = [];
  const result = await train({ ...common, ...options, onStep: (report) => void reports.push(report) });
  return { ...result, firstLoss: reports[0]?.loss ?? NaN };
}

beforeAll(() => initBackend({ force: 'wasm' }));

describe.each(['km', 'lora-conv', 'bn', 'bias', 'full'])('a warm start of %s', (method) => {
  it('goes on where the artifact left off', async () => {
    const first = await trained({ method, hyperparameters: { steps: 40 } });
    const cold = await trained({ method, hyperparameters: { steps: 1 } });
    const next = { method, startFrom: first.artifactTensors, seed: 4 };
    const warm = await trained({ ...next, hyperparameters: { steps: 1, learningRate: 1e-9, headLearningRate: 1e-9 } });
    expect(warm.firstLoss).toBeLessThan(0.5 * cold.firstLoss);
    // With rates of nothing, the result is the artifact, but for the statistics that one step follows.
    const { loss } = await evaluate({ base, tensors: first.artifactTensors, labels: dataset.labels, images: dataset.test }); // prettier-ignore
    expect(Math.abs(warm.metrics.loss - loss)).toBeLessThan(0.1 * cold.metrics.loss);
  });
});

describe('a warm start', () => {
  it('begins the mean over the steps at the artifact too', async () => {
    const first = await trained({ hyperparameters: { steps: 40 } });
    const hyperparameters = { steps: 1, averaging: 0.999, learningRate: 1e-9, headLearningRate: 1e-9 };
    const warm = await trained({ startFrom: first.artifactTensors, hyperparameters });
    const [mean, value] = ['head/kernel'].flatMap((name) => [warm.artifactTensors.get(name), first.artifactTensors.get(name)]); // prettier-ignore
    mean?.data.forEach((number, i) => expect(number).toBeCloseTo(value?.data[i] ?? NaN, 5));
  });

  it('repeats bit for bit, continues from a checkpoint, and is told from a cold one', async () => {
    const { artifactTensors: startFrom } = await trained({ hyperparameters: { steps: 10 } });
    const hyperparameters = { steps: 6 };
    const saved: Uint8Array[] = [];
    const onCheckpoint = (bytes: Uint8Array) => void saved.push(bytes);
    const whole = await trained({ startFrom, hyperparameters, checkpointEverySteps: 3, onCheckpoint });
    const again = await trained({ startFrom, hyperparameters, checkpoint: saved[0] });
    expect([...again.artifactTensors]).toEqual([...whole.artifactTensors]);
    await expect(trained({ hyperparameters, checkpoint: saved[0] })).rejects.toMatchObject({ code: 'checkpoint_invalid' }); // prettier-ignore
  });

  it('refuses an artifact of another plan and leaks no tensor', async () => {
    const { artifactTensors: startFrom } = await trained({ hyperparameters: { steps: 2 } });
    const before = tf.memory().numTensors;
    const other = { startFrom, budget: { paramsRatio: 0.1 }, hyperparameters: { steps: 2 } };
    await expect(trained(other)).rejects.toMatchObject({ code: 'modulator_mismatch' });
    await trained({ startFrom, hyperparameters: { steps: 2 } });
    expect(tf.memory().numTensors).toBe(before);
  });
});
