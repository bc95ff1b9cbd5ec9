import type { Hyperparameters } from '../hyperparameters/hyperparameters.types.js';
import { Adam } from './adam.js';
import type { OptimisedParameter, Optimiser } from './optimiser.types.js';
import { Sgd } from './sgd.js';

const OPTIMISERS = { adam: Adam, sgd: Sgd } as const;

/** The optimiser that the hyperparameters name, at its start. */
export function createOptimiser(
  { optimiser }: Pick<Hyperparameters, 'optimiser'>,
  parameters: readonly OptimisedParameter[],
): Optimiser {
  return new OPTIMISERS[optimiser](parameters);
}
