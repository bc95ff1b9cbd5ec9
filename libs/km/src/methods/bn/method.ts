import type { AdaptationMethod } from '../method.types.js';
import { planBatchNorm } from './plan.js';

/**
 * γ and β of every BatchNorm and every bias, with the task's statistics: the "scale-and-bias patch" of Mudrakarta et
 * al., "K for the Price of 1", ICLR 2019 (arXiv 1810.10703).
 */
export const batchNormOnly: AdaptationMethod = { name: 'bn', budgeted: false, planLayers: planBatchNorm };
