import type { Budget, JobEvent, JobState, Method } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import type { Graph } from '../base-networks/graph.js';
import { budgetParameters, smallestKernelModulation, smallestRatio } from './budget.js';

/** Methods that the trainers know. */
const TRAINABLE: readonly Method[] = ['km', 'head'];
const ENDED: readonly JobState[] = ['succeeded', 'failed', 'cancelled'];
/** Labels quoted in a message. */
const QUOTED = 5;

export const isEnded = (state: JobState): boolean => ENDED.includes(state);

/** Whether an event is the last of its job's log. */
export const endsLog = ({ type, data }: Pick<JobEvent, 'type' | 'data'>): boolean =>
  type === 'state' && ENDED.some((state) => state === data['state']);

/** @throws AppError `method_not_supported` */
export const assertTrainable = (method: Method): void => {
  if (TRAINABLE.includes(method)) return;
  throw new AppError('method_not_supported', `No trainer knows the method ${method}; known: ${TRAINABLE.join(', ')}`);
};

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

export interface BudgetedJob {
  readonly method: Method;
  readonly budget: Budget;
  readonly graph: Graph;
  /** Trainable parameters of the base. */
  readonly baseParameters: number;
}

/**
 * How many parameters, head excluded, the job's modulator may have. Method `head` adapts nothing of the base.
 * @throws AppError `budget_unreachable` naming the smallest budget that would do
 */
export const reachableBudget = ({ method, budget, graph, baseParameters }: BudgetedJob): number => {
  if (method === 'head') return 0;
  const allowed = budgetParameters(budget, baseParameters);
  const least = smallestKernelModulation(graph);
  if (allowed >= least) return allowed;
  const ratio = smallestRatio(least, baseParameters);
  throw new AppError(
    'budget_unreachable',
    `The budget allows ${allowed} parameters; the smallest feasible is ${least}: paramsRatio ${ratio} of this base`,
  );
};

const quote = (labels: readonly string[]): string => {
  const shown = labels.slice(0, QUOTED).map((label) => `"${label}"`);
  return shown.join(', ') + (labels.length > QUOTED ? ` and ${labels.length - QUOTED} more` : '');
};
