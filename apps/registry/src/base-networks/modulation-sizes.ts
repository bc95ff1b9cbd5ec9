import { DEFAULT_PARAMS_RATIO, methodSchema, type ModulationSize } from '@kernelcast/contracts';
import { budgetParameters, BYTES_PER_PARAMETER, isBudgeted, smallestModulation } from '../training-jobs/budget.js';
import type { Graph } from './graph.js';

/** Budgets that sizes are told for: a third of the usual, the usual, about its double and sevenfold. */
const RATIOS = [0.005, DEFAULT_PARAMS_RATIO, 0.03, 0.1];

/** How large modulators of a base are, the head excluded: by budget, or the one size that a method has. */
export const modulationSizes = (graph: Graph, baseParameters: number): ModulationSize[] =>
  methodSchema.options.flatMap((method) => {
    const least = smallestModulation(method, graph);
    if (!isBudgeted(method)) return [sizeOf(least, { method, paramsRatio: null, reachable: true })];
    return RATIOS.map((paramsRatio) => {
      const allowed = budgetParameters({ paramsRatio }, baseParameters);
      return sizeOf(allowed, { method, paramsRatio, reachable: allowed >= least });
    });
  });

const sizeOf = (
  parameters: number,
  rest: Pick<ModulationSize, 'method' | 'paramsRatio' | 'reachable'>,
): ModulationSize => ({ ...rest, parameters, bytes: parameters * BYTES_PER_PARAMETER });
