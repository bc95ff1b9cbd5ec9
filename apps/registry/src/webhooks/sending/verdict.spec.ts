import { RETRY_DELAYS_MS, retryAfterMs, verdictOn } from './verdict.js';

const now = new Date('2026-01-01T00:00:00Z');
const standing = { step: 1, failingSince: null, now, random: 0 };
const after = (ms: number): Date => new Date(now.getTime() + ms);
const DAY = 86_400_000;

describe('verdictOn', () => {
  it.each([200, 204, 299])('takes %i for a delivery', (status) => {
    expect(verdictOn({ status }, standing)).toEqual({ kind: 'delivered' });
  });

  it.each([null, 199, 301, 307, 400, 404, 429, 500, 503])('tries again after %s', (status) => {
    expect(verdictOn({ status }, standing)).toEqual({ kind: 'retry', at: after(5000) });
  });

  it('waits longer each time, adds jitter, and gives up after 75 hours', () => {
    const waits = RETRY_DELAYS_MS.map((_, i) => verdictOn({ status: 500 }, { ...standing, step: i + 1 }));
    expect(waits).toEqual(RETRY_DELAYS_MS.map((delay) => ({ kind: 'retry', at: after(delay) })));
    expect(RETRY_DELAYS_MS.reduce((sum, delay) => sum + delay, 0)).toBe(((75 * 60 + 35) * 60 + 5) * 1000);
    expect(verdictOn({ status: 500 }, { ...standing, random: 1 })).toEqual({ kind: 'retry', at: after(6000) });
    expect(verdictOn({ status: 500 }, { ...standing, step: RETRY_DELAYS_MS.length + 1 })).toEqual({ kind: 'failed' });
  });

  it('honours Retry-After for this and other events, up to a day, and never retries sooner for it', () => {
    const asked = (ms: number) => verdictOn({ status: 503, retryAfterMs: ms }, standing);
    expect(asked(60_000)).toEqual({ kind: 'retry', at: after(60_000), quietUntil: after(60_000) });
    expect(asked(1000)).toEqual({ kind: 'retry', at: after(5000), quietUntil: after(1000) });
    expect(asked(9 * DAY)).toEqual({ kind: 'retry', at: after(DAY), quietUntil: after(DAY) });
  });

  it('disables a webhook that is gone, or that has failed for more than five days', () => {
    expect(verdictOn({ status: 410 }, standing)).toEqual({ kind: 'failed', disable: 'gone' });
    const failingFor = (ms: number) => verdictOn({ status: null }, { ...standing, failingSince: after(-ms) });
    expect(failingFor(5 * DAY)).not.toHaveProperty('disable');
    expect(failingFor(5 * DAY + 1)).toMatchObject({ kind: 'retry', disable: 'failing' });
  });
});

describe('retryAfterMs', () => {
  it.each([
    ['120', 120_000],
    ['Thu, 01 Jan 2026 00:01:00 GMT', 60_000],
    ['Wed, 31 Dec 2025 00:00:00 GMT', 0],
    ['soon', undefined],
    ['-5', undefined],
    [undefined, undefined],
  ])('of %s', (value, ms) => expect(retryAfterMs(value, now)).toBe(ms));
});
