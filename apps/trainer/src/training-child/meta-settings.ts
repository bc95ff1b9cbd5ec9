import type { MetaSettings } from '@kernelcast/contracts';
import {
  HyperparameterError,
  resolveMetaHyperparameters,
  type MetaHyperparameters,
  type MetaReport,
  type MetaVariant,
} from '@kernelcast/training';
import type { Progress } from './messages.js';

const VARIANTS: Readonly<Record<string, MetaVariant>> = { km: 'km', bn: 'bn', head: 'head', full: 'all' };

/** What few-shot learning will adapt. @throws {HyperparameterError} for a method that meta-training does not know */
export function variantOf(method: string): MetaVariant {
  const variant = VARIANTS[method];
  if (variant === undefined) throw new HyperparameterError(`there is no meta-training for the method ${method}`);
  return variant;
}

/**
 * The settings with the defaults for what they leave open.
 * @throws {HyperparameterError} for a value out of its range
 */
export function metaHyperparameters(settings: MetaSettings): MetaHyperparameters {
  const { algorithm, fromScratch: _from, heldOutClasses: _held, evaluationEpisodes: _episodes, ...chosen } = settings;
  // What was left open must not cover a default.
  const given = Object.fromEntries(Object.entries(chosen).filter(([, value]) => value !== undefined));
  return resolveMetaHyperparameters(given, algorithm);
}

/**
 * An outer step as a step of training, on the images of its tasks.
 * @param images - that there are to draw from
 */
export function metaProgress(report: MetaReport, hyperparameters: MetaHyperparameters, images: number): Progress {
  const { iteration: step, iterations: steps, loss, smoothedLoss, accuracy, iterationsPerSecond } = report;
  const { tasksPerIteration, ways, shots, queries } = hyperparameters;
  const meanShots = shots.reduce((sum, each) => sum + each, 0) / shots.length;
  const drawn = tasksPerIteration * ways * (meanShots + queries);
  const epoch = (step * drawn) / images;
  return { step, steps, epoch, loss, smoothedLoss, accuracy, imagesPerSecond: iterationsPerSecond * drawn };
}
