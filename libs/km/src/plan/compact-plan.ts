import type { CompactPlan, ModulatorPlan, PlannedKind } from './plan.types.js';

/** One letter for each kind, before the rank where it has one; docs/formats/modulator.md lists them. */
const CODES: Readonly<Record<PlannedKind, string>> = {
  lowRank: 'r',
  oneSided: 'o',
  grid: 'g',
  delta: 'd',
  deltaGrid: 'e',
  kernel: 'k',
  scaleShift: 'n',
  beta: 't',
  shift: 's',
  norm: 'm',
  bias: 'b',
  wholeBias: 'w',
};

/** A plan in a few hundred bytes, for an artifact's header: with the graph it says the same as the plan. */
export function compactPlan(plan: ModulatorPlan): CompactPlan {
  const layers = plan.layers.map(({ kind, rank = '' }) => `${CODES[kind]}${rank}`);
  return { budget: plan.budgetParams, params: plan.totalParams, layers };
}
