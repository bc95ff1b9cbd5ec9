import type { AdaptationMethod } from '../method.types.js';
import { createFrozenBackbone } from './backbone.js';
import { planHeadOnly } from './plan.js';

/** A new classifier on the frozen base's features: the smallest adaptation, and the one to beat. */
export const headOnly: AdaptationMethod = {
  name: 'head',
  planLayers: planHeadOnly,
  createBackbone: createFrozenBackbone,
};
