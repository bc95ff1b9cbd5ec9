import { rateAt } from './schedule.js';

describe('rateAt', () => {
  const schedule = { schedule: 'cosine', steps: 1000, warmUpSteps: 10, finalRate: 0 } as const;

  it('rises over the warm-up, then falls as a cosine to zero', () => {
    expect(rateAt(0, schedule)).toBeCloseTo(0.1, 6);
    expect(rateAt(500, schedule)).toBeCloseTo(0.5, 6);
    expect(rateAt(1000, schedule)).toBe(0);
    const rates = Array.from({ length: 990 }, (_, i) => rateAt(i + 9, schedule));
    expect(rates).toEqual([...rates].sort((a, b) => b - a));
  });

  it('falls to a floor that is not zero', () => {
    const floored = { ...schedule, finalRate: 0.2 };
    expect(rateAt(500, floored)).toBeCloseTo(0.6, 6);
    expect(rateAt(1000, floored)).toBeCloseTo(0.2, 6);
  });

  it('stays where the warm-up has led', () => {
    const constant = { ...schedule, schedule: 'constant' } as const;
    expect([0, 4, 9, 500, 999].map((step) => rateAt(step, constant))).toEqual([0.1, 0.5, 1, 1, 1]);
  });

  it('begins at the peak without a warm-up', () => {
    expect(rateAt(0, { ...schedule, warmUpSteps: 0 })).toBe(1);
  });
});
