import type { AdaptationMethod } from '../method.types.js';
import { planLoraConv } from './plan.js';

/**
 * Low-rank addends to every kernel beside BatchNorm and biases, within the same budgets as `km`. After Hu et al.,
 * "LoRA", ICLR 2022 (arXiv 2106.09685), with a kernel taken as a matrix of outputs by their weights.
 */
export const loraConv: AdaptationMethod = { name: 'lora-conv', budgeted: true, planLayers: planLoraConv };
