import { createTrainingJobSchema } from '@kernelcast/contracts';
import { checkOrder, layOver, type OrderFlags } from './job-order.js';

const ULID = '01J9Z3K2Q4R5S6T7V8W9X0Y1Z2';
const least: OrderFlags = { task: 'digits', dataset: `dsv_${ULID}`, base: 'resnet14-cifar10' };
const fault = (flags: OrderFlags, file = {}) => {
  try {
    checkOrder(layOver(file, flags));
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
};

describe('an order of a job', () => {
  it('can name every field of the contract', () => {
    const transfer = layOver(
      {},
      {
        ...least,
        method: 'km',
        scenario: 'transfer',
        set: { learningRate: 0.01, steps: 'auto' },
        budgetBytes: 40_000,
        budgetSeconds: 60,
        seed: 3,
        priority: 9,
        deadline: '2030-01-01T00:00:00.000Z',
        startFrom: `mdv_${ULID}`,
        accelerator: 'gpu',
      },
    );
    const meta = layOver({}, { ...least, task: undefined, scenario: 'meta', outputName: 'few', meta: { shots: 5 } });
    const named = new Set([...Object.keys(checkOrder(transfer)), ...Object.keys(checkOrder(meta))]);
    const contract = Object.keys(createTrainingJobSchema.shape).filter((field) => field !== 'dryRun');
    expect([...named].sort()).toEqual(contract.sort());
    expect(meta['meta']).toEqual({ shots: [5] });
    expect(transfer['budget']).toEqual({ bytes: 40_000, seconds: 60 });
  });

  it('says nothing of what it was not told', () => {
    expect(Object.keys(layOver({}, least)).sort()).toEqual(['baseNetwork', 'datasetVersion', 'task']);
  });

  it('lays flags over a file, setting by setting', () => {
    const file = { task: 'letters', seed: 1, hyperparameters: { steps: 10, flip: true }, budget: { seconds: 5 } };
    expect(layOver(file, { ...least, set: { steps: 20 }, budgetRatio: 0.02 })).toMatchObject({
      task: 'digits',
      seed: 1,
      hyperparameters: { steps: 20, flip: true },
      budget: { seconds: 5, paramsRatio: 0.02 },
    });
  });

  it('names the flags that are missing or wrong', () => {
    expect(fault({})).toBe('--task is missing; --dataset is missing; --base is missing');
    expect(fault({ ...least, task: undefined, scenario: 'meta' })).toBe('--output-name is missing');
    expect(fault({ ...least, priority: 12 })).toContain('--priority: ');
    expect(fault({ ...least, set: { learningrate: 1 } })).toContain('--set: there is no learningrate; there are steps');
    expect(fault({ ...least, set: { learningRate: 'fast' } })).toContain('--set learningRate: ');
    expect(fault({ ...least, outputName: 'x' })).toBe('--output-name: a transfer job has none');
    expect(fault(least, { colour: 'red' })).toContain('the order: there is no colour');
  });
});
