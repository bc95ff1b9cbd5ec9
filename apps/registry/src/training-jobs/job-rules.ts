import { MAX_MODULATOR_BYTES } from '@kernelcast/artifact';
import type { Budget, JobEvent, JobState, Method, ModulatorVersion } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import type { Graph } from '../base-networks/graph.js';
import { budgetParameters, BYTES_PER_PARAMETER, isBudgeted, smallestModulation, smallestRatio } from './budget.js';

const ENDED: readonly JobState[] = ['succeeded', 'failed', 'cancelled'];
/** Labels quoted in a message. */
const QUOTED = 5;

export const isEnded = (state: JobState): boolean => ENDED.includes(state);

/** Whether an event is the last of its job's log. */
export const endsLog = ({ type, data }: Pick<JobEvent, 'type' | 'data'>): boolean =>
  type === 'state' && ENDED.some((state) => state === data['state']);

/**
 * A dataset fits a task when both name the same classes, in any order.
 * @throws AppError `labels_mismatch` naming what one has and the other lacks
 */
export const assertSameLabels = (task: readonly string[], dataset: readonly string[]): void => {
  const missing = task.filter((label) => !dataset.includes(label));
  const surplus = dataset.filter((label) => !task.includes(label));
  if (missing.length === 0 && surplus.length === 0) return;
  const parts = [
    ...(missing.length > 0 ? [`the dataset has no class ${quote(missing)}`] : []),
    ...(surplus.length > 0 ? [`the task has no label ${quote(surplus)}`] : []),
  ];
  throw new AppError('labels_mismatch', `Task and dataset differ: ${parts.join('; ')}`);
};

/** @throws AppError `validation_failed` when a deadline is not in the future */
export const assertAhead = (deadline: string | null, now: Date): void => {
  if (deadline === null || Date.parse(deadline) > now.getTime()) return;
  const detail = `the deadline has passed: it is ${now.toISOString()}`;
  throw new AppError('validation_failed', undefined, { errors: [{ pointer: '/body/deadline', detail }] });
};

export type WarmStart = Pick<ModulatorVersion, 'id' | 'state' | 'method' | 'taskId' | 'baseNetworkId'>;

/**
 * A job can start from a version of the same task, base network and method that nobody has turned down.
 * @throws AppError `warm_start_mismatch` naming what differs
 */
export const assertWarmStart = (
  version: WarmStart,
  job: { readonly taskId: string | null; readonly baseNetworkId: string; readonly method: Method },
): void => {
  const faults = [
    ...(version.taskId === job.taskId ? [] : ['it is of another task']),
    ...(version.baseNetworkId === job.baseNetworkId ? [] : ['it is on another base network']),
    ...(version.method === job.method ? [] : [`it was made by the method ${version.method}`]),
    ...(version.state === 'rejected' || version.state === 'revoked' ? [`it was ${version.state}`] : []),
  ];
  if (faults.length > 0) throw new AppError('warm_start_mismatch', `Not from ${version.id}: ${faults.join('; ')}`);
};

export interface BudgetedJob {
  readonly method: Method;
  readonly budget: Budget;
  readonly graph: Graph;
  /** Trainable parameters of the base. */
  readonly baseParameters: number;
}

/**
 * How many trained parameters, head excluded, the job's modulator may have: what the budget allows or, of a method
 * that has only one size on a base, that size.
 * @throws AppError `budget_unreachable` naming the smallest budget that would do, `method_not_supported` when no file
 *   could hold the modulator
 */
export const reachableBudget = ({ method, budget, graph, baseParameters }: BudgetedJob): number => {
  const least = smallestModulation(method, graph);
  const allowed = isBudgeted(method) ? budgetParameters(budget, baseParameters) : least;
  if (allowed < least) {
    const ratio = smallestRatio(least, baseParameters);
    throw new AppError(
      'budget_unreachable',
      `The budget allows ${allowed} parameters; the smallest feasible is ${least}: paramsRatio ${ratio} of this base`,
    );
  }
  assertFits(method, least);
  return allowed;
};

const assertFits = (method: Method, parameters: number): void => {
  const bytes = parameters * BYTES_PER_PARAMETER;
  if (bytes <= MAX_MODULATOR_BYTES) return;
  throw new AppError(
    'method_not_supported',
    `The method ${method} would send ${bytes} bytes of this base, more than the ${MAX_MODULATOR_BYTES} of a modulator file`,
  );
};

const quote = (labels: readonly string[]): string => {
  const shown = labels.slice(0, QUOTED).map((label) => `"${label}"`);
  return shown.join(', ') + (labels.length > QUOTED ? ` and ${labels.length - QUOTED} more` : '');
};
