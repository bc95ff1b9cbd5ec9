import type { AdaptationMethod } from '../method.types.js';
import { planHeadOnly } from './plan.js';

/** A new classifier on the features of the base exactly as it ships, its statistics included: the one to beat. */
export const headOnly: AdaptationMethod = { name: 'head', budgeted: false, planLayers: planHeadOnly };
