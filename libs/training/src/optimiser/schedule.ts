import type { Hyperparameters } from '../hyperparameters/hyperparameters.types.js';

export type Schedule = Pick<Hyperparameters, 'schedule' | 'steps' | 'warmUpSteps' | 'finalRate'>;

/**
 * Share of the peak rate at a step (from 0): a linear warm-up, while the second moments are still unreliable, over a
 * cosine that runs from the first step to `finalRate` after the last (Loshchilov and Hutter, "SGDR", ICLR 2017,
 * without restarts), or over a constant.
 */
export function rateAt(step: number, { schedule, steps, warmUpSteps, finalRate }: Schedule): number {
  const warmUp = Math.min(1, (step + 1) / Math.max(1, warmUpSteps));
  if (schedule === 'constant') return warmUp;
  return warmUp * (finalRate + (1 - finalRate) * 0.5 * (1 + Math.cos((Math.PI * step) / steps)));
}
