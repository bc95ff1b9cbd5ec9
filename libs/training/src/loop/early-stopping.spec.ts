import { createPrng, roundToEncoding } from '@kernelcast/artifact';
import { initBackend } from '@kernelcast/compute';
import type { LoadedDataset } from '@kernelcast/nets/node';
import { evaluate } from '../evaluation/evaluate.js';
import type { TrainingOptions, ValidationReport } from '../training.types.js';
import { tinyBase, tinyDataset } from './tiny-task.fixture.js';
import { train } from './train.js';
import { splitValidation } from './validation-split.js';

const SEED = 3;
const held = { steps: 40, batchSize: 8, validationShare: 0.4, evaluateEverySteps: 2 };

/** Labels say nothing of their images, so what is learned helps nobody and no measurement stays the best for long. */
function hopeless(): LoadedDataset {
  const prng = createPrng(5);
  const { labels, train: images, test } = tinyDataset();
  return { labels, test, train: { ...images, labels: images.labels.map(() => prng.nextUint32() % labels.length) } };
}

const options = (changes: Partial<TrainingOptions> = {}): TrainingOptions => ({
  base: tinyBase(),
  dataset: hopeless(),
  method: 'km',
  budget: { paramsRatio: 0.2 },
  hyperparameters: held,
  seed: SEED,
  ...changes,
});

async function reported(changes: Partial<TrainingOptions> = {}) {
  const reports: ValidationReport[] = [];
  const result = await train(options({ ...changes, onValidate: (report) => void reports.push(report) }));
  return { reports, result };
}

beforeAll(() => initBackend({ force: 'wasm' }));

describe('training with held-back images', () => {
  it('measures every so many steps, and marks each that is the best so far', async () => {
    const { reports } = await reported();
    expect(reports.map(({ step }) => step)).toEqual(Array.from({ length: 20 }, (_, i) => 2 * (i + 1)));
    reports.forEach(({ best, top1, loss }, i) => {
      const earlier = reports.slice(0, i);
      expect(best).toBe(earlier.every((one) => top1 > one.top1 || (top1 === one.top1 && loss < one.loss)));
    });
  });

  it('gives the tensors of the best measurement, not the last', async () => {
    const { reports, result } = await reported();
    const best = reports.filter((report) => report.best).at(-1);
    expect(best?.step).toBeLessThan(40);
    const { validation: images } = splitValidation(hopeless().train, 0.4, SEED);
    const tensors = roundToEncoding(result.artifactTensors, 'f16');
    const again = await evaluate({ base: tinyBase(), tensors, labels: result.labels, images });
    expect({ step: best?.step, top1: again.top1, loss: again.loss }).toEqual(result.validation);
  });

  it('ends when nothing has got better for as many measurements as there is patience', async () => {
    const { reports, result } = await reported({ hyperparameters: { ...held, patience: 3 } });
    expect(result.steps).toBeLessThan(40);
    expect(reports.slice(-4).map(({ best }) => best)).toEqual([true, false, false, false]);
    expect(result.steps).toBe(reports.at(-1)?.step);
    expect(result.validation?.step).toBe(result.steps - 6);
  });

  it('makes no choice by the test images', async () => {
    const { train: images, ...dataset } = hopeless();
    const [first, second] = [
      await reported({ hyperparameters: { ...held, patience: 3 } }),
      await reported({
        hyperparameters: { ...held, patience: 3 },
        dataset: { ...dataset, train: images, test: images },
      }),
    ];
    expect(second.reports).toEqual(first.reports);
    expect([...second.result.artifactTensors]).toEqual([...first.result.artifactTensors]);
  });

  it('learns from no held-back image', async () => {
    const { train: images, ...dataset } = hopeless();
    const { validation } = splitValidation({ ...images, images: markPlaces(images.count) }, 0.4, SEED);
    const heldBack = new Set('archive' in validation ? [] : validation.images);
    // Blackened, they would change every parameter they had a part in.
    const size = images.images.length / images.count;
    const spoilt = images.images.map((value, at) => (heldBack.has(Math.floor(at / size)) ? 0 : value));
    const short = { ...held, steps: 2 };
    const results = [
      await train(options({ hyperparameters: short })),
      await train(options({ hyperparameters: short, dataset: { ...dataset, train: { ...images, images: spoilt } } })),
    ];
    // Four in ten of each class, rounded by class.
    expect(Math.abs(heldBack.size - 24)).toBeLessThan(2);
    expect([...(results[1]?.artifactTensors ?? [])]).toEqual([...(results[0]?.artifactTensors ?? [])]);
  });

  it('refuses a dataset with nothing to hold back', async () => {
    const { labels, train: all, test } = tinyDataset(1);
    const run = train(options({ dataset: { labels, train: all, test } }));
    await expect(run).rejects.toMatchObject({ code: 'dataset_invalid' });
  });
});

/** One byte per image: its place. */
function markPlaces(count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => i);
}
