import { createTrainingJobSchema } from './training-jobs.js';

const datasetVersion = `dsv_${'0'.repeat(26)}`;
const common = { datasetVersion, baseNetwork: 'net' };
const transfer = { ...common, task: 'pets' };
const fewShot = { ...transfer, scenario: 'few-shot' };
const meta = { ...common, scenario: 'meta', outputName: 'characters' };

const faultsOf = (order: object): Record<string, string> => {
  const { error } = createTrainingJobSchema.safeParse(order);
  return Object.fromEntries((error?.issues ?? []).map(({ path, message }) => [path.join('/'), message]));
};

describe('an order', () => {
  it.each([
    ['to train', transfer],
    ['to train from a version', { ...transfer, startFrom: `mdv_${'0'.repeat(26)}`, budget: { seconds: 60 } }],
    ['for a few-shot job', fewShot],
    ['for a few-shot job of so many steps', { ...fewShot, hyperparameters: { steps: 100 } }],
    ['to meta-train', meta],
    ['to meta-train for a rival', { ...meta, method: 'full', budget: { bytes: 100 }, meta: { heldOutClasses: 0 } }],
  ])('%s is accepted', (_, order) => {
    expect(faultsOf(order)).toEqual({});
  });

  it('for a meta job may leave all settings open, and gets the shape of its tasks', () => {
    const order = createTrainingJobSchema.parse({ ...meta, meta: { iterations: 7 } });
    const shape = { ways: 5, shots: [1, 5], queries: 5 };
    expect(order.meta).toEqual({
      algorithm: 'fomaml',
      fromScratch: false,
      evaluationEpisodes: 100,
      ...shape,
      iterations: 7,
    });
  });

  it.each<[string, object, Record<string, string>]>([
    ['to train without a task', common, { task: 'a transfer job needs it' }],
    ['to train with a name for a base', { ...transfer, outputName: 'x' }, { outputName: 'a transfer job has none' }],
    ['to train with meta settings', { ...transfer, meta: {} }, { meta: 'a transfer job has none' }],
    ['to meta-train without a name', { ...common, scenario: 'meta' }, { outputName: 'a meta job needs it' }],
    ['to meta-train a task', { ...meta, task: 'pets' }, { task: 'a meta job has none' }],
    [
      'to meta-train for a method that cannot',
      { ...meta, method: 'bias' },
      { method: 'meta-training prepares for km, bn, head, full' },
    ],
    [
      'to meta-train with what transfer needs',
      { ...meta, hyperparameters: { batchSize: 8 }, budget: { seconds: 1 }, startFrom: `mdv_${'0'.repeat(26)}` },
      {
        startFrom: 'a meta job has none',
        'hyperparameters/batchSize': 'a meta job has none',
        'budget/seconds': 'a meta job has none',
      },
    ],
    [
      'for a few-shot job with a budget',
      { ...fewShot, budget: { paramsRatio: 0.1 } },
      { budget: 'a few-shot job has that of the base network it starts from' },
    ],
    [
      'for a few-shot job of another method, rate and many steps',
      { ...fewShot, method: 'bn', hyperparameters: { learningRate: 1, steps: 101 } },
      {
        method: 'a few-shot job makes a modulator of method km',
        'hyperparameters/learningRate': 'a few-shot job has none',
        'hyperparameters/steps': 'a few-shot job takes at most 100',
      },
    ],
  ])('%s is refused, where it is wrong', (_, order, faults) => {
    expect(faultsOf(order)).toEqual(faults);
  });

  it('holds out no single class, which nothing could be told apart from', () => {
    expect(Object.keys(faultsOf({ ...meta, meta: { heldOutClasses: 1 } }))).toEqual(['meta/heldOutClasses']);
  });
});
