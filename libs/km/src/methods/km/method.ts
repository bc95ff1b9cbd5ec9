import type { AdaptationMethod } from '../method.types.js';
import { planKernelModulation } from './plan.js';

/**
 * Kernel modulation: every kernel `W · (1 + A·B)`, every BatchNorm and bias adapted, all within the budget.
 * After Hu and Liu, "Kernel Modulation: A Parameter-Efficient Method for Training Convolutional Neural Networks",
 * ICPR 2022 (arXiv 2203.15297).
 */
export const kernelModulation: AdaptationMethod = {
  name: 'km',
  budgeted: true,
  planLayers: planKernelModulation,
};
