import { resolveHyperparameters } from '@kernelcast/training';
import { describeTrial } from './describe-trial.js';

const chosen = { steps: 200, learningRate: 0.1 / 3, headLearningRate: 0.03, labelSmoothing: 0 };
const hyperparameters = resolveHyperparameters('km', chosen, 1000);
const trial = { trial: 2, hyperparameters, steps: 50, top1: 0.8125, loss: 0.5 };

describe('describeTrial', () => {
  it('tells what was tried and how well it did', () => {
    expect(describeTrial(trial)).toBe(
      'Trial 2 (steps 200, learningRate 0.0333, headLearningRate 0.03, labelSmoothing 0; cut to 50 steps): ' +
        '81.3 % of the held-back images',
    );
  });

  it('tells of a trial that came to nothing', () => {
    expect(describeTrial({ ...trial, top1: 0, loss: undefined })).toMatch(/: diverged$/);
  });

  it('ends with what the search has settled', () => {
    const settled = resolveHyperparameters('km', { ...chosen, steps: 400, labelSmoothing: 0.1 }, 1000);
    expect(describeTrial({ ...trial, settled })).toMatch(
      /\. Training with steps 400, learningRate 0\.0333, headLearningRate 0\.03, labelSmoothing 0\.1$/,
    );
  });
});
