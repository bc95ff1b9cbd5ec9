import { pollAfterSeconds } from './poll-schedule.js';

const INTERVAL = 60;
const at = (ms: number) => new Date(Date.UTC(2026, 0, 1) + ms);

describe('pollAfterSeconds', () => {
  it('brings a device that obeys back at the same place in every interval', () => {
    let now = at(0);
    const places = Array.from({ length: 5 }, () => {
      now = new Date(now.getTime() + pollAfterSeconds('dev_1', now, INTERVAL) * 1000);
      return Math.floor(now.getTime() / 1000) % INTERVAL;
    });
    expect(new Set(places).size).toBe(1);
  });

  it('finds the same place from whatever moment it starts', () => {
    const places = [0, 7_000, 31_000, 59_999].map((ms) => {
      const next = at(ms).getTime() + pollAfterSeconds('dev_1', at(ms), INTERVAL) * 1000;
      return Math.floor(next / 1000) % INTERVAL;
    });
    // Whole seconds are sent, rounded up: one second either way.
    expect(Math.max(...places) - Math.min(...places)).toBeLessThanOrEqual(1);
  });

  it('is between half and one and a half intervals, at least a second', () => {
    for (let ms = 0; ms < INTERVAL * 1000; ms += 500) {
      const wait = pollAfterSeconds('dev_1', at(ms), INTERVAL);
      expect(wait).toBeGreaterThanOrEqual(INTERVAL / 2);
      expect(wait).toBeLessThanOrEqual(INTERVAL * 1.5 + 1);
      expect(pollAfterSeconds('dev_1', at(ms), 1)).toBeGreaterThanOrEqual(1);
    }
  });

  it('spreads devices over the interval', () => {
    const waits = Array.from({ length: 1_200 }, (_, i) => pollAfterSeconds(`dev_${i}`, at(0), INTERVAL));
    const perQuarter = [0, 1, 2, 3].map(
      (q) => waits.filter((w) => Math.floor(((w - 30.5) / INTERVAL) * 4) === q).length,
    );
    // 300 expected in each quarter, standard deviation 15: five of them.
    for (const count of perQuarter) expect(Math.abs(count - 300)).toBeLessThan(75);
  });
});
