import { fullJitter, sleep } from './backoff.js';

const POLICY = { baseMs: 100, capMs: 1000 };

describe('fullJitter', () => {
  it('doubles its ceiling up to the cap', () => {
    const ceilings = [0, 1, 2, 3, 4, 40].map((attempt) => fullJitter(POLICY, attempt, () => 1));
    expect(ceilings).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  it('spreads over the whole range below it', () => {
    expect([0, 0.25, 0.5].map((value) => fullJitter(POLICY, 2, () => value))).toEqual([0, 100, 200]);
  });
});

describe('sleep', () => {
  it('ends early with the reason of its signal', async () => {
    const controller = new AbortController();
    const sleeping = sleep(3_600_000, controller.signal);
    controller.abort(new Error('stop'));
    await expect(sleeping).rejects.toThrow('stop');
    await expect(sleep(3_600_000, controller.signal)).rejects.toThrow('stop');
  });

  it('ends by itself', async () => {
    await expect(sleep(1, new AbortController().signal)).resolves.toBeUndefined();
  });
});
