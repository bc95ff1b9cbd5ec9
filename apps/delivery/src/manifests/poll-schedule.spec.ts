import { pollAfterSeconds } from './poll-schedule.js';

const INTERVAL = 60;
const PHASE = 0.37;
const at = (ms: number) => Date.UTC(2026, 0, 1) + ms;

describe('pollAfterSeconds', () => {
  it('brings a device that obeys back at the same place in every interval', () => {
    let now = at(0);
    const places = Array.from({ length: 5 }, () => {
      now += pollAfterSeconds(PHASE, now, INTERVAL) * 1000;
      return Math.floor(now / 1000) % INTERVAL;
    });
    expect(new Set(places).size).toBe(1);
  });

  it('finds the same place from whatever moment it starts', () => {
    const places = [0, 7_000, 31_000, 59_999].map((ms) => {
      const next = at(ms) + pollAfterSeconds(PHASE, at(ms), INTERVAL) * 1000;
      return Math.floor(next / 1000) % INTERVAL;
    });
    // Whole seconds are sent, rounded up: one second either way.
    expect(Math.max(...places) - Math.min(...places)).toBeLessThanOrEqual(1);
  });

  it('is between half and one and a half intervals, at least a second', () => {
    for (let ms = 0; ms < INTERVAL * 1000; ms += 500) {
      const wait = pollAfterSeconds(PHASE, at(ms), INTERVAL);
      expect(wait).toBeGreaterThanOrEqual(INTERVAL / 2);
      expect(wait).toBeLessThanOrEqual(INTERVAL * 1.5 + 1);
      expect(pollAfterSeconds(PHASE, at(ms), 1)).toBeGreaterThanOrEqual(1);
    }
  });
});
