import { graphSchema } from '../base-networks/graph.js';
import { resnet14Graph } from '../testing/graphs.js';
import {
  assertAhead,
  assertSameLabels,
  assertWarmStart,
  endsLog,
  reachableBudget,
  type WarmStart,
} from './job-rules.js';

describe('assertSameLabels', () => {
  it('accepts the same classes in another order', () => {
    expect(() => assertSameLabels(['b', 'a'], ['a', 'b'])).not.toThrow();
  });

  it('names what each side lacks', () => {
    expect(() => assertSameLabels(['a', 'b'], ['a', 'c'])).toThrow(
      'Task and dataset differ: the dataset has no class "b"; the task has no label "c"',
    );
  });

  it('does not print hundreds of labels', () => {
    const many = Array.from({ length: 300 }, (_, i) => `label-${i}`);
    expect(() => assertSameLabels(many, [])).toThrow('"label-4" and 295 more');
  });
});

describe('assertAhead', () => {
  const now = new Date('2030-01-01T12:00:00Z');

  it('accepts a deadline in the future, and none', () => {
    expect(() => assertAhead('2030-01-01T12:00:00.001Z', now)).not.toThrow();
    expect(() => assertAhead(null, now)).not.toThrow();
  });

  it('points at one that has passed', () => {
    expect(() => assertAhead('2030-01-01T12:00:00Z', now)).toThrow(
      expect.objectContaining({
        code: 'validation_failed',
        errors: [{ pointer: '/body/deadline', detail: 'the deadline has passed: it is 2030-01-01T12:00:00.000Z' }],
      }),
    );
  });
});

describe('assertWarmStart', () => {
  const job = { taskId: 'task_1', baseNetworkId: 'base_1', method: 'km' } as const;
  const version: WarmStart = { ...job, id: 'mdv_1', state: 'registered' };

  it.each(['registered', 'approved'] as const)('accepts a version of the same kind that is %s', (state) => {
    expect(() => assertWarmStart({ ...version, state }, job)).not.toThrow();
  });

  it.each<[Partial<WarmStart>, string]>([
    [{ taskId: 'task_2' }, 'it is of another task'],
    [{ baseNetworkId: 'base_2' }, 'it is on another base network'],
    [{ method: 'head' }, 'it was made by the method head'],
    [{ state: 'rejected' }, 'it was rejected'],
    [{ state: 'revoked' }, 'it was revoked'],
    [{ method: 'bn', state: 'revoked' }, 'it was made by the method bn; it was revoked'],
  ])('refuses one with %p and says why', (changes, reason) => {
    expect(() => assertWarmStart({ ...version, ...changes }, job)).toThrow(`Not from mdv_1: ${reason}`);
  });
});

describe('reachableBudget', () => {
  const job = { graph: graphSchema.parse(resnet14Graph()), baseParameters: 1_320_032 };

  it('gives the parameters that the budget allows', () => {
    expect(reachableBudget({ ...job, method: 'km', budget: { paramsRatio: 0.014 } })).toBe(18_480);
    expect(reachableBudget({ ...job, method: 'km', budget: { bytes: 2 * 2851 } })).toBe(2851);
  });

  it('names the smallest ratio when the budget is out of reach', () => {
    // 2,851 of 1,320,032 is 0.0021597..., rounded up to a millionth.
    expect(() => reachableBudget({ ...job, method: 'km', budget: { bytes: 2 * 2851 - 1 } })).toThrow(
      'The budget allows 2850 parameters; the smallest feasible is 2851: paramsRatio 0.00216 of this base',
    );
  });

  it.each([
    ['head', 0],
    ['bias', 1664],
    ['bn', 3328],
    ['full', 1_320_032],
  ] as const)('is the one size of method %s, whatever the budget', (method, parameters) => {
    expect(reachableBudget({ ...job, method, budget: { bytes: 1 } })).toBe(parameters);
  });

  it('asks for every shift of low-rank addends, which may do without a kernel', () => {
    expect(reachableBudget({ ...job, method: 'lora-conv', budget: { bytes: 2 * 1664 } })).toBe(1664);
    expect(() => reachableBudget({ ...job, method: 'lora-conv', budget: { bytes: 2 * 1663 } })).toThrow(
      'the smallest feasible is 1664',
    );
  });

  it('refuses to send a base whole that no modulator file could hold', () => {
    const node = { id: 'd', op: 'dense', inFeatures: 16_384, units: 8192, useBias: true };
    const graph = graphSchema.parse({ ...resnet14Graph(), nodes: [node] });
    const wide = { graph, baseParameters: 2 ** 27 + 8192, budget: { paramsRatio: 1 } };
    expect(() => reachableBudget({ ...wide, method: 'full' })).toThrow(
      'The method full would send 268451840 bytes of this base, more than the 268435456 of a modulator file',
    );
    expect(reachableBudget({ ...wide, method: 'bias' })).toBe(8192);
  });
});

describe('endsLog', () => {
  it.each(['succeeded', 'failed', 'cancelled'])('is true of the state %s', (state) => {
    expect(endsLog({ type: 'state', data: { state } })).toBe(true);
  });

  it.each([
    { type: 'state' as const, data: { state: 'running' } },
    { type: 'state' as const, data: {} },
    { type: 'log' as const, data: { state: 'succeeded' } },
  ])('is false of %p', (event) => {
    expect(endsLog(event)).toBe(false);
  });
});
