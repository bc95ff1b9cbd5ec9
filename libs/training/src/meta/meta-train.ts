import { encodeWeights, digestOf } from '@kernelcast/artifact';
import type { WeightMap } from '@kernelcast/artifact';
import { digestBaseNetwork, parameterSpecs } from '@kernelcast/nets';
import type { NetworkGraph } from '@kernelcast/nets';
import { decodeCheckpoint, encodeCheckpoint } from '../checkpoint/checkpoint.js';
import type { CheckpointProgress } from '../checkpoint/checkpoint.js';
import { deriveSeed } from '../data/seeds.js';
import { yieldToEventLoop } from '../loop/pause.js';
import { CheckpointError, TrainingDivergedError } from '../training.errors.js';
import { calibrateRates } from './calibrate-rates.js';
import { checkEpisodes } from './episodes/sample-episode.js';
import { resolveMetaHyperparameters } from './hyperparameters.js';
import type { MetaHyperparameters, MetaTrainingOptions, MetaTrainingResult } from './meta.types.js';
import { baseStatistics } from './outer/base-statistics.js';
import { MetaRun } from './outer/meta-run.js';
import { META_STREAM } from './seeds.js';

/** Weight of a new step in the smoothed loss. */
const SMOOTHING = 0.02;

/**
 * Learns a base network from which new tasks are learned in a few steps from a few images, and where those steps
 * start: the modulators' B and the inner rates. The backend must have been set before.
 *
 * Within a task every BatchNorm normalises by the batch at hand, support and query images apart, as is usual in
 * few-shot learning; the base ships with statistics over all classes. The same options give the same result, bit for
 * bit, on the same backend, however often the run was interrupted and continued from a checkpoint.
 *
 * @throws {EpisodeError | HyperparameterError | BudgetError | CheckpointError} at once
 * @throws {TrainingDivergedError} when the loss stops being a finite number
 * @throws the reason of `options.signal`, after a last checkpoint
 */
export async function metaTrain(options: MetaTrainingOptions): Promise<MetaTrainingResult> {
  const settings = resolveMetaHyperparameters(options.hyperparameters ?? {}, options.algorithm);
  for (const shots of settings.shots) checkEpisodes(options.classes, { ...settings, shots });
  const run = new MetaRun(options, settings);
  const identity = await identityOf(options, settings);
  const progress = options.checkpoint
    ? restore(run, options.checkpoint, identity)
    : { step: 0, smoothedLoss: NaN, seconds: 0 };
  const seconds = await runIterations({ run, options, settings, identity }, progress);
  await options.onTrained?.();
  const { base, weightsFile } = await packBase(run, options);
  const factors = new Map([...run.learned()].filter(([name]) => !base.weights.has(name)));
  const { variant, budget } = options;
  const { headSteps, innerSteps } = settings;
  const learned = { baseDigest: base.digest, variant, budget, headSteps, innerSteps, rates: run.rates(), factors };
  const start = await calibrateRates(base, learned, options, settings);
  return { base, weightsFile, start, hyperparameters: settings, seconds };
}

/** Whatever makes this run different from others; images and weights by their digests. */
async function identityOf(options: MetaTrainingOptions, settings: MetaHyperparameters): Promise<unknown> {
  const { graph, classes, variant, algorithm, budget, seed, weights } = options;
  const images = await Promise.all(classes.map(async (one) => [one.name, one.count, await digestOf(one.images)]));
  const initial = weights ? await digestOf(encodeWeights(weights, 'f32')) : null;
  return { meta: { graph, images, variant, algorithm, budget, seed, initial, settings } };
}

function restore(run: MetaRun, bytes: Uint8Array, identity: unknown): CheckpointProgress {
  const { progress, tensors } = decodeCheckpoint(bytes, identity);
  try {
    run.restore(tensors, progress.step);
  } catch (cause) {
    throw new CheckpointError('its tensors do not fit', { cause });
  }
  return progress;
}

interface Course {
  readonly run: MetaRun;
  readonly options: MetaTrainingOptions;
  readonly settings: MetaHyperparameters;
  readonly identity: unknown;
}

/** Runs what outer steps are left. Resolves to the seconds that training has taken. */
async function runIterations({ run, options, settings, identity }: Course, from: CheckpointProgress): Promise<number> {
  const { iterations } = settings;
  const startedAt = performance.now();
  const secondsNow = () => from.seconds + (performance.now() - startedAt) / 1000;
  let { smoothedLoss } = from;
  let saved = from.step;
  let savedAt = startedAt;
  const { checkpointEvery = Infinity, checkpointEveryMs = Infinity } = options;
  const isDue = (step: number): boolean =>
    step === iterations || step - saved >= checkpointEvery || performance.now() - savedAt >= checkpointEveryMs;
  const save = async (step: number): Promise<void> => {
    [saved, savedAt] = [step, performance.now()];
    const progress = { step, smoothedLoss, seconds: secondsNow() };
    await options.onCheckpoint?.(encodeCheckpoint({ progress, tensors: run.state() }, identity), step);
  };
  for (let done = from.step + 1; done <= iterations; done++) {
    const { loss, accuracy } = run.step(done - 1);
    if (!Number.isFinite(loss)) throw new TrainingDivergedError(done);
    smoothedLoss = Number.isNaN(smoothedLoss) ? loss : smoothedLoss + SMOOTHING * (loss - smoothedLoss);
    const iterationsPerSecond = ((done - from.step) * 1000) / (performance.now() - startedAt);
    await options.onIteration?.({ iteration: done, iterations, loss, smoothedLoss, accuracy, iterationsPerSecond });
    if (isDue(done)) await save(done);
    try {
      await yieldToEventLoop(options.signal);
    } catch (reason) {
      if (saved < done) await save(done);
      throw reason;
    }
  }
  return secondsNow();
}

/** The base as files hold it: what it learned, with statistics over all classes. */
async function packBase(
  run: MetaRun,
  { graph, classes, seed }: MetaTrainingOptions,
): Promise<Pick<MetaTrainingResult, 'base' | 'weightsFile'>> {
  const learned = run.learned();
  const statistics = baseStatistics(graph, learned, classes, deriveSeed(seed, META_STREAM.statistics, 0));
  const weights = inGraphOrder(graph, new Map([...learned, ...statistics]));
  const weightsFile = encodeWeights(weights, 'f32');
  return { base: { graph, weights, digest: await digestBaseNetwork(graph, weightsFile) }, weightsFile };
}

function inGraphOrder(graph: NetworkGraph, tensors: WeightMap): WeightMap {
  return new Map(parameterSpecs(graph).flatMap(({ name }) => {
    const tensor = tensors.get(name);
    return tensor ? [[name, tensor] as const] : [];
  })); // prettier-ignore
}
