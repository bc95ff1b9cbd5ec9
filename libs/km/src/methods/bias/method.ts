import type { AdaptationMethod } from '../method.types.js';
import { planBias } from './plan.js';

/**
 * β of every BatchNorm and every bias, with the task's statistics. After Ben Zaken, Goldberg and Ravfogel, "BitFit",
 * ACL 2022 (arXiv 2106.10199), and Cai et al., "TinyTL", NeurIPS 2020 (arXiv 2007.11622).
 */
export const biasOnly: AdaptationMethod = { name: 'bias', budgeted: false, planLayers: planBias };
