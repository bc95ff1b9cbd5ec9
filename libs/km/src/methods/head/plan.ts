import type { PlannedLayer } from '../../plan/plan.types.js';

/** Nothing of the base is adapted, whatever the budget. */
export function planHeadOnly(): PlannedLayer[] {
  return [];
}
