import { metaSettingsSchema, type BaseNetwork } from '@kernelcast/contracts';
import { graphSchema } from '../base-networks/graph.js';
import { resnet14Graph } from '../testing/graphs.js';
import { assertFewShotBudget, assertStart, assertSupport, settleMeta } from './scenario-rules.js';

const classes = (count: number, train = 10) =>
  Array.from({ length: count }, (_, i) => ({ label: `c${i}`, train, test: 1 }));
const settings = metaSettingsSchema.parse({});

describe('the settings of a meta job', () => {
  it('hold out a tenth of the classes, at least as many as a task has, unless they say otherwise', () => {
    expect(settleMeta(settings, classes(100)).heldOutClasses).toBe(10);
    expect(settleMeta(settings, classes(10)).heldOutClasses).toBe(5);
    expect(settleMeta({ ...settings, heldOutClasses: 0 }, classes(5)).heldOutClasses).toBe(0);
  });

  it('need classes for tasks and for those held out', () => {
    expect(() => settleMeta(settings, classes(9))).toThrow(
      'Not this dataset: it has 9 classes; 10 are needed: 5 to draw tasks from, 5 held out',
    );
    expect(() => settleMeta({ ...settings, heldOutClasses: 0 }, classes(4))).toThrow(
      'it has 4 classes; 5 are needed: to draw tasks from',
    );
  });

  it('need enough training images of every class', () => {
    const poor = [...classes(11), { label: 'poor', train: 9, test: 5 }];
    expect(() => settleMeta(settings, poor)).toThrow(
      expect.objectContaining({
        code: 'dataset_unsuitable',
        message: 'Not this dataset: "poor" has 9 training images; 10 are needed: 5 shots and 5 queries',
      }),
    );
  });
});

it('a few-shot job learns from a few images', () => {
  expect(() => assertSupport(classes(50))).not.toThrow();
  expect(() => assertSupport(classes(51))).toThrow('it has 510 training images, and a few-shot job takes at most 500');
});

describe('where a few-shot job begins', () => {
  const base = { name: 'signs', startDigest: `sha256:${'a'.repeat(64)}` } as BaseNetwork;

  it('is a base network that was meta-trained for kernel modulation', () => {
    expect(() => assertStart(base, { method: 'km' })).not.toThrow();
    expect(() => assertStart(base, { method: 'bn' })).toThrow('"signs" was meta-trained for bn; few-shot jobs need km');
    expect(() => assertStart({ ...base, startDigest: null }, null)).toThrow(
      expect.objectContaining({ code: 'start_missing', message: 'The base network "signs" was not meta-trained' }),
    );
  });
});

describe('the budget of a meta job', () => {
  const job = { graph: graphSchema.parse(resnet14Graph()), baseParameters: 1_320_032 };

  it('leaves every batch normalisation its variance, and names the smallest that does', () => {
    // Batch normalisations: twice 1,664 channels. Kernels by the sum of their sides: stem 35; layer1 5·64;
    // layer2 2·96 + 3·128; layer3 2·192 + 256; layer4 2·384 + 512.
    const least = 3328 + 35 + 320 + 576 + 640 + 1280;
    const budget = { bytes: 2 * least };
    expect(() => assertFewShotBudget({ ...job, method: 'km', budget })).not.toThrow();
    expect(() => assertFewShotBudget({ ...job, method: 'km', budget: { bytes: 2 * least - 2 } })).toThrow(
      `The budget allows ${least - 1} parameters; few-shot learning takes at least ${least}: paramsRatio 0.00`,
    );
  });

  it('does not bind the rivals, which make no modulators', () => {
    expect(() => assertFewShotBudget({ ...job, method: 'full', budget: { bytes: 1 } })).not.toThrow();
  });
});
