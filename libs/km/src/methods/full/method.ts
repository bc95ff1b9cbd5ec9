import type { AdaptationMethod } from '../method.types.js';
import { planFull } from './plan.js';

/** Full fine-tuning: all of the base's parameters themselves, which travel whole. What the others try to come near. */
export const fullFineTuning: AdaptationMethod = { name: 'full', budgeted: false, planLayers: planFull };
