import { waitFor } from './wait-for.js';

describe('waitFor', () => {
  it('gives back the first thing that is truthy', async () => {
    let looks = 0;
    expect(await waitFor('three looks', () => (++looks === 3 ? `look ${looks}` : undefined))).toBe('look 3');
  });

  it('takes an error for "not yet"', async () => {
    let looks = 0;
    const flaky = (): boolean => {
      if (++looks < 3) throw new Error('not yet');
      return true;
    };
    await expect(waitFor('it', flaky)).resolves.toBe(true);
  });

  it('says what it waited for in vain, and why', async () => {
    const cause = new Error('still down');
    await expect(waitFor('the moon', () => Promise.reject(cause), 30)).rejects.toMatchObject({
      message: 'Waited 30 ms in vain for: the moon',
      cause,
    });
  });
});
