import { FinishEstimate } from './finish-estimate.js';

const START = 1_000_000;

describe('the estimated finish', () => {
  it('is unknown until two reports tell a pace', () => {
    const estimate = new FinishEstimate();
    expect(estimate.update({ step: 1, steps: 100 }, START)).toBeUndefined();
    expect(estimate.update({ step: 1, steps: 100 }, START + 500)).toBeUndefined();
  });

  it('is the remaining steps at the pace seen', () => {
    const estimate = new FinishEstimate();
    estimate.update({ step: 10, steps: 100 }, START);
    // 10 steps in 2 s: 80 steps more take 16 s.
    expect(estimate.update({ step: 20, steps: 100 }, START + 2_000)).toEqual(new Date(START + 2_000 + 16_000));
  });

  it('does not count the steps of an earlier attempt', () => {
    const estimate = new FinishEstimate();
    estimate.update({ step: 900, steps: 1000 }, START);
    expect(estimate.update({ step: 901, steps: 1000 }, START + 1_000)).toEqual(new Date(START + 1_000 + 99_000));
  });

  it('follows a change of pace, by a fifth at a time', () => {
    const estimate = new FinishEstimate();
    estimate.update({ step: 0, steps: 100 }, START);
    estimate.update({ step: 10, steps: 100 }, START + 1_000);
    // 100 ms a step so far; now 200 ms: 100 + 0.2 · 100 = 120 ms, times 80.
    expect(estimate.update({ step: 20, steps: 100 }, START + 3_000)).toEqual(new Date(START + 3_000 + 9_600));
  });

  it('is now at the last step', () => {
    const estimate = new FinishEstimate();
    estimate.update({ step: 99, steps: 100 }, START);
    expect(estimate.update({ step: 100, steps: 100 }, START + 10)).toEqual(new Date(START + 10));
  });
});
