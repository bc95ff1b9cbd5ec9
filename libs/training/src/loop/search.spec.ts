import * as tf from '@tensorflow/tfjs-core';
import { initBackend } from '@kernelcast/compute';
import { resolveHyperparameters } from '../hyperparameters/hyperparameters.js';
import { candidatesFor } from '../hyperparameters/search/candidates.js';
import type { SearchReport, TrainingOptions } from '../training.types.js';
import { tinyBase, tinyDataset } from './tiny-task.fixture.js';
import { train } from './train.js';

/** Long enough for time to decide nothing. */
const AMPLE_SECONDS = 1e6;
const CHOSEN = { steps: 12, batchSize: 8 };

const options = (changes: Partial<TrainingOptions> = {}): TrainingOptions => ({
  base: tinyBase(),
  dataset: tinyDataset(),
  method: 'km',
  budget: { paramsRatio: 0.2 },
  hyperparameters: CHOSEN,
  seed: 3,
  searchSeconds: AMPLE_SECONDS,
  ...changes,
});

beforeAll(() => initBackend({ force: 'wasm' }));

describe('a search for hyperparameters', () => {
  const candidates = candidatesFor(resolveHyperparameters('km', CHOSEN, tinyDataset().train.count), CHOSEN);

  it('tries every candidate, tells of each, and trains by one of them', async () => {
    const reports: SearchReport[] = [];
    const result = await train(options({ onSearch: (report) => void reports.push(report) }));
    expect(reports.map(({ trial }) => trial)).toEqual(
      Array.from({ length: result.trials?.length ?? 0 }, (_, i) => i + 1),
    );
    expect(reports.slice(0, candidates.length).map(({ hyperparameters }) => hyperparameters)).toEqual(candidates);
    expect(reports.map(({ settled }) => settled !== undefined)).toEqual([...reports.slice(1).map(() => false), true]);
    expect(reports.at(-1)?.settled).toEqual(result.hyperparameters);
    expect(candidates).toContainEqual(result.hyperparameters);
  });

  it('trains as if what it found had been asked for', async () => {
    const searched = await train(options());
    const asked = await train(options({ hyperparameters: searched.hyperparameters, searchSeconds: undefined }));
    expect([...asked.artifactTensors]).toEqual([...searched.artifactTensors]);
  });

  it('finds a rate that learns where the default is too slow', async () => {
    // Momentum at the rates of Adam, and few steps.
    const hyperparameters = { ...CHOSEN, steps: 32, optimiser: 'sgd', labelSmoothing: 0 } as const;
    const settings = options({ method: 'head', hyperparameters, dataset: tinyDataset(100) });
    const [searched, plain] = [await train(settings), await train({ ...settings, searchSeconds: undefined })];
    expect(searched.hyperparameters.headLearningRate).toBeGreaterThan(plain.hyperparameters.headLearningRate);
    expect(searched.metrics.loss).toBeLessThan(plain.metrics.loss);
  });

  it('keeps the defaults when there is no time for more than a trial', async () => {
    const hurried = await train(options({ searchSeconds: 1e-3 }));
    const plain = await train(options({ searchSeconds: undefined }));
    expect(hurried.trials).toHaveLength(1);
    expect(hurried.hyperparameters).toEqual(plain.hyperparameters);
    expect([...hurried.artifactTensors]).toEqual([...plain.artifactTensors]);
  });

  it('tries nothing when nothing was left open', async () => {
    const hyperparameters = { ...CHOSEN, learningRate: 0.05, headLearningRate: 0.03, labelSmoothing: 0 };
    expect((await train(options({ hyperparameters }))).trials).toEqual([]);
  });

  it('tries nothing when no class has an image to spare', async () => {
    const { trials } = await train(options({ dataset: tinyDataset(1) }));
    expect(trials).toEqual([]);
  });

  it('makes no choice by the test images', async () => {
    const { train: images, labels } = tinyDataset();
    const strip = ({ trials }: Awaited<ReturnType<typeof train>>) => trials?.map(({ seconds: _, ...trial }) => trial);
    const [first, second] = [
      await train(options()),
      await train(options({ dataset: { labels, train: images, test: images } })),
    ];
    expect(strip(second)).toEqual(strip(first));
  });

  it('leaks no tensor', async () => {
    const before = tf.memory().numTensors;
    await train(options());
    expect(tf.memory().numTensors).toBe(before);
  });
});
