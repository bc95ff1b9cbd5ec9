import { NO_LOAD, nextLoad, shedsPresence, stretchOf } from './load-rule.js';
import type { LoadSample, LoadState } from './load-rule.js';

const after = (state: LoadState, ticks: number, sample: LoadSample): LoadState => {
  for (let i = 0; i < ticks; i++) state = nextLoad(state, sample);
  return state;
};
const HIGH = { utilisation: 0.95, delayMs: 5 };
const MIDDLE = { utilisation: 0.7, delayMs: 5 };
const LOW = { utilisation: 0.1, delayMs: 1 };
const STUCK = { utilisation: 1, delayMs: 400 };

describe('the rule of load', () => {
  it('stretches step by step under lasting load, up to a bound', () => {
    expect([9, 10, 20, 60, 1_000].map((ticks) => stretchOf(after(NO_LOAD, ticks, HIGH)))).toEqual([1, 1.5, 2, 8, 8]);
  });

  it('takes a stretch back late, and holds it at a load in between', () => {
    const stretched = after(NO_LOAD, 20, HIGH);
    expect(stretchOf(after(stretched, 1_000, MIDDLE))).toBe(2);
    expect([89, 90, 1_000].map((ticks) => stretchOf(after(stretched, ticks, LOW)))).toEqual([2, 1.5, 1]);
  });

  it('gives up last-seen times before it stretches, and refuses polls only when the event loop lags', () => {
    expect([4, 5].map((ticks) => shedsPresence(after(NO_LOAD, ticks, HIGH)))).toEqual([false, true]);
    expect(after(NO_LOAD, 100, HIGH).isOverloaded).toBe(false);
    const stuck = nextLoad(NO_LOAD, STUCK);
    expect([stuck.isOverloaded, shedsPresence(stuck)]).toEqual([true, true]);
    expect(nextLoad(stuck, { utilisation: 1, delayMs: 150 }).isOverloaded).toBe(true);
    expect(nextLoad(stuck, HIGH).isOverloaded).toBe(false);
  });
});
