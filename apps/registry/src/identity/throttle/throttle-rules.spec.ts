import { ACCOUNT_RULE, delayAfter, isTelling } from './throttle-rules.js';

const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

describe('delayAfter', () => {
  it('is nothing for typing errors, then doubles up to a bound', () => {
    expect(upTo(8).map((failures) => delayAfter(failures, ACCOUNT_RULE))).toEqual([0, 0, 0, 0, 0, 1, 2, 4]);
    expect(delayAfter(1_000_000, ACCOUNT_RULE)).toBe(ACCOUNT_RULE.maxDelaySeconds);
  });
});

describe('isTelling', () => {
  it('picks ever fewer failures', () => {
    expect(upTo(1000).filter((failures) => isTelling(failures, ACCOUNT_RULE))).toEqual([
      5, 10, 20, 40, 80, 160, 320, 640,
    ]);
  });
});
