import { resolveHyperparameters } from '../hyperparameters.js';
import type { HyperparameterChoice } from '../hyperparameters.types.js';
import { candidatesFor } from './candidates.js';
import { affordableWidth, isAffordable, nextTrial, trialSteps, winner } from './halving.js';
import type { SearchProgress, Trial } from './search.types.js';

const candidatesOf = (chosen: HyperparameterChoice) =>
  candidatesFor(resolveHyperparameters('km', chosen, 1000), chosen);

describe('candidatesFor', () => {
  it('begins with the defaults', () => {
    expect(candidatesOf({})[0]).toEqual(resolveHyperparameters('km', {}, 1000));
  });

  it('varies rates, steps and label smoothing, each candidate once', () => {
    const candidates = candidatesOf({});
    for (const name of ['learningRate', 'headLearningRate', 'steps', 'labelSmoothing'] as const) {
      expect(new Set(candidates.map((one) => one[name])).size).toBeGreaterThan(1);
    }
    expect(new Set(candidates.map((one) => JSON.stringify(one))).size).toBe(candidates.length);
  });

  it('never varies what the caller has chosen', () => {
    const chosen = { learningRate: 0.01, steps: 77, headLearningRate: 'auto' } as const;
    const candidates = candidatesOf(chosen);
    expect(new Set(candidates.map(({ learningRate, steps }) => `${learningRate} ${steps}`))).toEqual(
      new Set(['0.01 77']),
    );
    expect(new Set(candidates.map(({ headLearningRate }) => headLearningRate)).size).toBe(3);
  });

  it('has nothing but the defaults to try when all is chosen', () => {
    const chosen = { learningRate: 0.01, headLearningRate: 0.1, steps: 77, labelSmoothing: 0 };
    expect(candidatesOf(chosen)).toHaveLength(1);
  });
});

const trial = (candidate: number, top1: number, rest: Partial<Trial> = {}): Trial => ({
  candidate,
  rung: 0,
  steps: 10,
  top1,
  loss: 1,
  seconds: 10,
  ...rest,
});
/** Runs a search to its end, each candidate as good as `top1Of` says. */
function search(candidates: number, top1Of: (candidate: number) => number, width?: number): SearchProgress {
  let progress: SearchProgress = { trials: [], width };
  for (let next = nextTrial(candidates, progress); next; next = nextTrial(candidates, progress)) {
    progress = { ...progress, trials: [...progress.trials, trial(next.candidate, top1Of(next.candidate), next)] };
  }
  return progress;
}

describe('nextTrial', () => {
  const tried = (progress: SearchProgress, rung: number) =>
    progress.trials.filter((one) => one.rung === rung).map(({ candidate }) => candidate);

  it('runs every candidate a little, then the best third and the defaults longer', () => {
    const progress = search(6, (candidate) => candidate / 10);
    expect(tried(progress, 0)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(tried(progress, 1)).toEqual([0, 5, 4]);
  });

  it('takes the lower loss of two that are equally often right', () => {
    const trials = [trial(0, 0.5), trial(1, 0.8, { loss: 0.7 }), trial(2, 0.8, { loss: 0.6 }), trial(3, 0.1)];
    expect(nextTrial(4, { trials: [...trials, trial(0, 0.5, { rung: 1 })] })).toEqual({ candidate: 2, rung: 1 });
  });

  it('ends at once when there is nothing to choose from', () => {
    expect(nextTrial(1, { trials: [] })).toBeUndefined();
  });

  it('keeps to the width that time allows', () => {
    expect(
      tried(
        search(6, () => 0.5, 2),
        0,
      ),
    ).toEqual([0, 1]);
  });
});

describe('winner', () => {
  it('is the best of those that ran longest', () => {
    expect(
      winner(
        6,
        search(6, (candidate) => candidate / 10),
        1000,
      ),
    ).toBe(5);
  });

  it('stays with the defaults when the best is no more than one standard error ahead', () => {
    // √(0.8 · 0.2 / 100) = 0.04
    const ahead = (by: number) =>
      winner(
        3,
        search(3, (candidate) => (candidate === 2 ? 0.8 : 0.8 - by)),
        100,
      );
    expect([ahead(0.03), ahead(0.05)]).toEqual([0, 2]);
  });

  it('counts a trial that diverged as nothing right', () => {
    const trials = [trial(0, 0.4), trial(1, 0, { loss: undefined })];
    expect(winner(2, { trials }, 10_000)).toBe(0);
  });

  it('goes by the rung before when time has ended one half-way', () => {
    const trials = [trial(0, 0.1), trial(1, 0.9), trial(2, 0.5), trial(0, 0.99, { rung: 1 })];
    expect(winner(3, { trials }, 1000)).toBe(1);
  });

  it('is the default when nothing was tried', () => {
    expect(winner(5, { trials: [] }, 100)).toBe(0);
  });
});

describe('the time for a search', () => {
  const candidates = candidatesOf({});
  const steps = candidates[0]?.steps ?? NaN;
  const first = trialSteps(candidates[0] ?? resolveHyperparameters('km', {}, 1), 0);
  // One second a step
  const begun: SearchProgress = { trials: [trial(0, 0.5, { steps: first, seconds: first })] };

  it('is enough for all candidates when it is long', () => {
    expect(affordableWidth(candidates, begun, 1e6)).toBe(candidates.length);
  });

  it('leaves the run itself its steps', () => {
    expect(affordableWidth(candidates, begun, steps + first)).toBe(1);
    const widths = [2, 4, 6, 8, 10].map((times) => affordableWidth(candidates, begun, times * steps));
    expect(widths).toEqual([...widths].sort((a, b) => a - b));
    expect(new Set(widths).size).toBeGreaterThan(2);
  });

  it('always allows the first trial, as nothing is known before', () => {
    expect(isAffordable(candidates, { trials: [] }, { candidate: 0, rung: 0, seconds: 0 })).toBe(true);
  });

  it('is over when the next trial would not leave enough for the run', () => {
    const fits = (seconds: number) =>
      isAffordable(candidates, { ...begun, width: 2 }, { candidate: 1, rung: 0, seconds });
    expect([fits(steps + first), fits(steps + first - 1)]).toEqual([true, false]);
  });
});
