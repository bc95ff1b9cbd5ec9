import type { CompactPlan, ModulatorPlan, PlannedLayer } from './plan.types.js';

/** A plan in a few hundred bytes, for an artifact's header: with the graph it says the same as the plan. */
export function compactPlan(plan: ModulatorPlan): CompactPlan {
  return { budget: plan.budgetParams, params: plan.totalParams, layers: plan.layers.map(codeOf) };
}

function codeOf({ kind, rank }: PlannedLayer): string {
  switch (kind) {
    case 'lowRank':
      return `r${rank}`;
    case 'grid':
      return 'g';
    case 'scaleShift':
      return 'n';
    case 'shift':
      return 's';
    case 'bias':
      return 'b';
  }
}
