import { countParameters } from '@kernelcast/nets';
import type { NetworkGraph } from '@kernelcast/nets';
import { BudgetError, InvalidBudgetError } from '../km.errors.js';
import type { Allowance, Budget } from './plan.types.js';

/** A byte budget counts half-precision numbers, whatever encoding is chosen later. */
const BYTES_PER_PARAMETER = 2;
/** Guards `0.014 · n` against falling below a whole number by one rounding of double precision. */
const ROUNDING_SLACK = 1e-9;
/** Steps in which a smallest feasible ratio is reported. */
const RATIO_STEP = 1e-6;

/**
 * What a budget allows: a share of the base's parameters counts what is trained, as is usual; bytes count what travels.
 * @throws {InvalidBudgetError} unless the budget is a positive finite number.
 */
export function allowanceOf(graph: NetworkGraph, budget: Budget): Allowance {
  const amount = 'bytes' in budget ? budget.bytes : budget.paramsRatio;
  if (!Number.isFinite(amount) || amount <= 0) throw new InvalidBudgetError(`${amount} is not a positive number`);
  if ('bytes' in budget) return { params: Math.floor(budget.bytes / BYTES_PER_PARAMETER), counts: 'sent' };
  return { params: Math.floor(budget.paramsRatio * countParameters(graph) + ROUNDING_SLACK), counts: 'trained' };
}

/** The error for a graph whose smallest plan takes `params` parameters. */
export function unreachable(graph: NetworkGraph, params: number): BudgetError {
  const ratio = Math.ceil(params / countParameters(graph) / RATIO_STEP) * RATIO_STEP;
  return new BudgetError(Number(ratio.toFixed(6)), params * BYTES_PER_PARAMETER);
}
