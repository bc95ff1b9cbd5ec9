import {
  MAX_SUPPORT_IMAGES,
  type BaseNetwork,
  type Budget,
  type ClassCount,
  type MetaSettings,
  type Method,
} from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import type { Graph } from '../base-networks/graph.js';
import { budgetParameters, smallestFewShot, smallestRatio } from './budget.js';

/** Share of the classes that a meta job holds out when its order does not say how many. */
const HELD_OUT_SHARE = 0.1;

/**
 * Settles how many classes are held out, and checks that tasks of the shape asked for can be drawn from the others.
 * @param classes of the dataset version; only training images are drawn from
 * @throws AppError `dataset_unsuitable` naming what is missing
 */
export const settleMeta = (settings: MetaSettings, classes: readonly ClassCount[]): MetaSettings => {
  const { ways, shots, queries } = settings;
  const heldOutClasses = settings.heldOutClasses ?? Math.max(ways, Math.round(HELD_OUT_SHARE * classes.length));
  const needed = ways + heldOutClasses;
  if (classes.length < needed) {
    const why = heldOutClasses > 0 ? `${ways} to draw tasks from, ${heldOutClasses} held out` : 'to draw tasks from';
    throw unsuitable(`it has ${classes.length} classes; ${needed} are needed: ${why}`);
  }
  const images = Math.max(...shots) + queries;
  const poor = classes.find(({ train }) => train < images);
  if (poor) {
    const counted = `${Math.max(...shots)} shots and ${queries} queries`;
    throw unsuitable(`"${poor.label}" has ${poor.train} training images; ${images} are needed: ${counted}`);
  }
  return { ...settings, heldOutClasses };
};

/** @throws AppError `dataset_unsuitable` when there are more images to learn from than pass through at once */
export const assertSupport = (classes: readonly ClassCount[]): void => {
  const images = classes.reduce((sum, { train }) => sum + train, 0);
  if (images <= MAX_SUPPORT_IMAGES) return;
  throw unsuitable(
    `it has ${images} training images, and a few-shot job takes at most ${MAX_SUPPORT_IMAGES}; train it by transfer`,
  );
};

/**
 * A few-shot job begins where a meta job of kernel modulation ended.
 * @throws AppError `start_missing`
 */
export const assertStart = (base: BaseNetwork, madeBy: { readonly method: Method } | null): void => {
  if (base.startDigest === null || madeBy === null) {
    throw new AppError('start_missing', `The base network "${base.name}" was not meta-trained`);
  }
  if (madeBy.method !== 'km') {
    const detail = `The base network "${base.name}" was meta-trained for ${madeBy.method}; few-shot jobs need km`;
    throw new AppError('start_missing', detail);
  }
};

export interface MetaBudget {
  readonly method: Method;
  readonly budget: Budget;
  readonly graph: Graph;
  readonly baseParameters: number;
}

/**
 * Few-shot learning rests on the statistics of the support images and on factors that were learned, so a budget must
 * leave every BatchNorm its variance and every kernel two factors.
 * @throws AppError `budget_unreachable` naming the smallest budget that would do
 */
export const assertFewShotBudget = ({ method, budget, graph, baseParameters }: MetaBudget): void => {
  if (method !== 'km') return;
  const allowed = budgetParameters(budget, baseParameters);
  const least = smallestFewShot(budget, graph);
  if (allowed >= least) return;
  const ratio = smallestRatio(least, baseParameters);
  throw new AppError(
    'budget_unreachable',
    `The budget allows ${allowed} parameters; few-shot learning takes at least ${least}: paramsRatio ${ratio} of this base`,
  );
};

const unsuitable = (detail: string): AppError => new AppError('dataset_unsuitable', `Not this dataset: ${detail}`);
