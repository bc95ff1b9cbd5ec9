import { metaSettingsSchema } from '@kernelcast/contracts';
import { metaHyperparameters, metaProgress, variantOf } from './meta-settings.js';

const settings = metaSettingsSchema.parse({
  ways: 4,
  shots: [1, 3],
  queries: 2,
  tasksPerIteration: 5,
  heldOutClasses: 4,
});

describe('the settings of a meta job', () => {
  it('keep what they say, and leave the rest to the tuned defaults', () => {
    const settled = metaHyperparameters({ ...settings, innerSteps: undefined });
    expect(settled).toMatchObject({ ways: 4, shots: [1, 3], queries: 2, tasksPerIteration: 5 });
    expect(settled.innerSteps).toBeGreaterThan(0);
    expect(Object.keys(settled)).not.toEqual(expect.arrayContaining(['evaluationEpisodes']));
  });

  it('keep the inner rates by Reptile, which cannot learn them', () => {
    expect(metaHyperparameters({ ...settings, algorithm: 'reptile', rateLearning: 0.5 }).rateLearning).toBe(0);
  });

  it('name every variant by its method', () => {
    expect(['km', 'bn', 'head', 'full'].map(variantOf)).toEqual(['km', 'bn', 'head', 'all']);
    expect(() => variantOf('bias')).toThrow('no meta-training for the method bias');
  });
});

it('an outer step counts the images of its tasks', () => {
  // 5 tasks of 4 classes, of which each has on average 2 + 2 images: 80.
  const report = { iteration: 6, iterations: 9, loss: 1, smoothedLoss: 2, accuracy: 0.5, iterationsPerSecond: 3 };
  expect(metaProgress(report, metaHyperparameters(settings), 160)).toEqual({
    step: 6,
    steps: 9,
    epoch: 3,
    loss: 1,
    smoothedLoss: 2,
    accuracy: 0.5,
    imagesPerSecond: 240,
  });
});
