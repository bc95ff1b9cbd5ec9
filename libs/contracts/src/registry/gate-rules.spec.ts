import type { Evaluation } from './evaluation.js';
import { evaluateGates, gatesInTheWay, gatesPass, worseByChance, type GateFacts } from './gate-rules.js';
import { DEFAULT_GATES, gatesSchema, type Gates } from './gates.js';

const [before, earlier] = [`mdv_${'1'.repeat(26)}`, `mdv_${'2'.repeat(26)}`];
const measured: Evaluation = {
  top1: 0.9,
  loss: 0.3,
  images: 20,
  perClass: [
    { label: 'cat', accuracy: 1, images: 10 },
    { label: 'dog', accuracy: 0.8, images: 10 },
  ],
  confusion: [],
};
const compared = (better: number, worse: number, modulatorVersion = before) => ({
  reference: before,
  metrics: { ...measured, comparison: { modulatorVersion, top1: 0.9, better, worse, pValue: 1 } },
});
const verdictOf = (gates: unknown, facts: Partial<GateFacts> = {}) => {
  const [result] = evaluateGates(gatesSchema.parse(gates), {
    metrics: measured,
    size: 1000,
    reference: null,
    ...facts,
  });
  return result;
};
const withMetrics = (more: Partial<Evaluation>): Partial<GateFacts> => ({ metrics: { ...measured, ...more } });
const swap = { ms: 4, ratio: 2, backend: 'wasm' };

describe('the gates of a task', () => {
  it.each<[string, Gates | object, Partial<GateFacts>, string, number | null]>([
    ['an accuracy at its floor', { accuracyFloor: { value: 0.9 } }, {}, 'passed', 0.9],
    ['an accuracy below it', { accuracyFloor: { value: 0.91 } }, {}, 'failed', 0.9],
    ['classes that are all at their floor', { perClassFloor: { value: 0.8 } }, {}, 'passed', 0.8],
    ['one class below it', { perClassFloor: { value: 0.81 } }, {}, 'failed', 0.8],
    ['no class by itself', { perClassFloor: { value: 0 } }, withMetrics({ perClass: [] }), 'not_measured', null],
    ['as many bytes as there may be', { maxBytes: { bytes: 1000 } }, {}, 'passed', 1000],
    ['one byte more', { maxBytes: { bytes: 999 } }, {}, 'failed', 1000],
    ['a quick swap', { maxSwapMs: { ms: 4 } }, withMetrics({ swap }), 'passed', 4],
    ['a slow swap', { maxSwapMs: { ms: 3.9 } }, withMetrics({ swap }), 'failed', 4],
    ['a swap that costs little', { maxSwapRatio: { ratio: 3 } }, withMetrics({ swap }), 'passed', 2],
    ['a swap that costs too much', { maxSwapRatio: { ratio: 1.5 } }, withMetrics({ swap }), 'failed', 2],
    ['an unknown swap', { maxSwapRatio: { ratio: 3 } }, {}, 'not_measured', null],
    ['an unknown time of a swap', { maxSwapMs: { ms: 3 } }, {}, 'not_measured', null],
    ['an unknown linear probe', { beatsHead: {} }, {}, 'not_measured', null],
    ['a better linear probe', { beatsHead: {} }, withMetrics({ head: { top1: 0.91 } }), 'failed', -0.01],
    ['an equal linear probe', { beatsHead: {} }, withMetrics({ head: { top1: 0.9 } }), 'failed', 0],
    ['a probe too close', { beatsHead: { margin: 0.5 } }, withMetrics({ head: { top1: 0.5 } }), 'failed', 0.4],
    ['a probe far behind', { beatsHead: { margin: 0.3 } }, withMetrics({ head: { top1: 0.5 } }), 'passed', 0.4],
    ['nothing to be worse than', { notWorse: {} }, {}, 'passed', null],
    ['no comparison', { notWorse: {} }, { reference: before }, 'not_measured', null],
    ['a comparison with another version', { notWorse: {} }, compared(5, 0, earlier), 'not_measured', null],
    // 1 of 10 or fewer: (1 + 10) / 2^10.
    ['a clear loss', { notWorse: {} }, compared(1, 9), 'failed', 11 / 1024],
    ['the same with a stricter alpha', { notWorse: { alpha: 0.01 } }, compared(1, 9), 'passed', 11 / 1024],
    ['a clear win', { notWorse: {} }, compared(9, 1), 'passed', 1 - 1 / 1024],
  ])('judge %s', (_, gates, facts, verdict, value) => {
    const result = verdictOf(gates, facts);
    expect(result).toMatchObject({ verdict, enforcement: 'required' });
    if (value === null) expect(result?.measured).toBeNull();
    else expect(result?.measured).toBeCloseTo(value, 12);
  });

  it('name the classes that fall short, and those that have no test image', () => {
    expect(verdictOf({ perClassFloor: { value: 0.9 } })?.detail).toContain('"dog"');
    const [cat] = measured.perClass;
    const blind = withMetrics({ perClass: cat ? [cat, { label: 'owl', accuracy: 0, images: 0 }] : [] });
    expect(verdictOf({ perClassFloor: { value: 0.9 } }, blind)).toMatchObject({ verdict: 'not_measured', detail: expect.stringContaining('"owl"') }); // prettier-ignore
  });

  it('stand in the way when they are required, failed or not measured, and only then', () => {
    const facts = { metrics: measured, size: 1000, reference: null };
    const gates = gatesSchema.parse({
      accuracyFloor: { value: 1, enforcement: 'advisory' },
      perClassFloor: { value: 1 },
      maxBytes: { bytes: 1000 },
      maxSwapMs: { ms: 1 },
    });
    const results = evaluateGates(gates, facts);
    expect(results.map(({ gate }) => gate)).toEqual(['accuracyFloor', 'perClassFloor', 'maxBytes', 'maxSwapMs']);
    expect(gatesInTheWay(results).map(({ gate }) => gate)).toEqual(['perClassFloor', 'maxSwapMs']);
    expect([gatesPass(results), gatesPass(evaluateGates(DEFAULT_GATES, facts)), gatesPass([])]).toEqual([false, true, true]); // prettier-ignore
  });
});

describe('worseByChance', () => {
  it('is a probability that falls with every image lost, and one for no images', () => {
    expect(worseByChance(0, 0)).toBe(1);
    const values = Array.from({ length: 200 }, (_, worse) => worseByChance(40, worse));
    expect(values.every((value, i) => value <= 1 && value > 0 && (i === 0 || value <= (values[i - 1] ?? 0)))).toBe(
      true,
    );
  });

  it('leaves both sides of a split with all of the probability, and shares what is exactly the split', () => {
    // P(X >= worse) + P(X >= better) = 1 + P(X = worse), since the two tails overlap in the split itself.
    const exactly = (20 * 19 * 18) / 6 / 2 ** 20;
    expect(worseByChance(3, 17) + worseByChance(17, 3)).toBeCloseTo(1 + exactly, 12);
  });
});
