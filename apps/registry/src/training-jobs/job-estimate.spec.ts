import { estimateSeconds } from './job-estimate.js';

const open = { steps: undefined, searchSeconds: undefined };
const runs = [
  { seconds: 10, steps: 100 },
  { seconds: 60, steps: 200 },
  { seconds: 30, steps: 100 },
];

describe('the estimate of a job', () => {
  it('is the median of what jobs like it took', () => {
    expect(estimateSeconds(runs, open)).toBe(30);
    expect(estimateSeconds(runs.slice(0, 2), open)).toBe(35);
  });

  it('goes by the time of a step when the order names its steps', () => {
    // 0.1, 0.3 and 0.3 seconds a step.
    expect(estimateSeconds(runs, { ...open, steps: 1000 })).toBeCloseTo(300, 9);
  });

  it('passes over runs that do not tell their steps, where steps matter', () => {
    const untold = [{ seconds: 5, steps: null }];
    expect(estimateSeconds(untold, open)).toBe(5);
    expect(estimateSeconds(untold, { ...open, steps: 10 })).toBeNull();
  });

  it('covers the seconds that a search is given', () => {
    expect(estimateSeconds(runs, { ...open, searchSeconds: 3600 })).toBe(3600);
    expect(estimateSeconds(runs, { ...open, searchSeconds: 3 })).toBe(30);
  });

  it('is none without a job to go by', () => {
    expect(estimateSeconds([], { steps: 10, searchSeconds: 60 })).toBeNull();
  });
});
