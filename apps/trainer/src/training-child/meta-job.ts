import { initBackend } from '@kernelcast/compute';
import type { MetaMetrics } from '@kernelcast/contracts';
import type { BaseNetwork } from '@kernelcast/nets';
import { readDatasetZip } from '@kernelcast/nets/node';
import { encodeStart, metaTrain, splitClasses, type ClassImages, type MetaTrainingResult } from '@kernelcast/training';
import { backendName } from './backend-name.js';
import { classImages } from './class-images.js';
import { describeCalibration } from './describe-calibration.js';
import { throttled, type JobContext } from './job-context.js';
import { checkpointsOf, loadBase, loadCheckpoint, saveFile } from './job-files.js';
import { kernelsOf } from './kernels-of.js';
import { checkShapes, measureEpisodes, shapesFor } from './measure-episodes.js';
import { childMessageSchema, type ChildMessage, type MetaSpec } from './messages.js';
import { metaHyperparameters, metaProgress, variantOf } from './meta-settings.js';

/**
 * Meta-trains a base network on the training images of a dataset and leaves it, with the starting point of few-shot
 * learning, in the spec's folder.
 * @throws whatever the numeric libraries throw, and the signal's reason.
 */
export async function metaJob(spec: MetaSpec, context: JobContext): Promise<void> {
  const { nativeFolder: folder, threads, seed, settings } = spec;
  const { send, signal } = context;
  const backend = await initBackend({ force: backendName(spec.backend), native: { folder, threads } });
  const base = await loadBase(spec);
  const { train, heldOut } = await loadClasses(spec, base, signal);
  const shapes = heldOut.length > 0 ? shapesFor(heldOut, settings) : [];
  checkShapes(heldOut, shapes);
  await send({
    type: 'loaded',
    backend: backend.name,
    kernels: kernelsOf(backend),
    threads: backend.native ? backend.native.threads : 1,
    trainImages: imagesOf(train),
    testImages: imagesOf(heldOut),
  });
  const result = await metaTrainFrom(base, train, spec, context);
  const episodes = settings.evaluationEpisodes;
  const measured =
    heldOut.length > 0 ? await measureEpisodes(result, { classes: heldOut, shapes, episodes, seed, signal }) : null;
  await send(await saveBase(spec, result, measured));
}

const imagesOf = (classes: readonly ClassImages[]): number => classes.reduce((sum, { count }) => sum + count, 0);

async function loadClasses(
  { datasetPath, seed, settings: { heldOutClasses = 0 } }: MetaSpec,
  base: BaseNetwork,
  signal: AbortSignal,
): Promise<{ train: readonly ClassImages[]; heldOut: readonly ClassImages[] }> {
  const classes = classImages(await readDatasetZip(datasetPath, base.graph.input, { signal }));
  if (heldOutClasses === 0) return { train: classes, heldOut: [] };
  const { train, test } = splitClasses(classes, { heldOut: heldOutClasses / classes.length, by: 'class', seed });
  return { train, heldOut: test };
}

async function metaTrainFrom(
  base: BaseNetwork,
  classes: readonly ClassImages[],
  spec: MetaSpec,
  context: JobContext,
): Promise<MetaTrainingResult> {
  const { settings } = spec;
  const hyperparameters = metaHyperparameters(settings);
  const report = throttled(context);
  const images = imagesOf(classes);
  return metaTrain({
    graph: base.graph,
    weights: settings.fromScratch ? undefined : base.weights,
    classes,
    variant: variantOf(spec.method),
    algorithm: settings.algorithm,
    budget: spec.budget,
    hyperparameters,
    seed: spec.seed,
    checkpoint: await loadCheckpoint(spec),
    checkpointEvery: spec.checkpointEverySteps,
    checkpointEveryMs: spec.checkpointEveryMs,
    signal: context.signal,
    onIteration: (iteration) => report(metaProgress(iteration, hyperparameters, images)),
    onTrained: () => context.send({ type: 'evaluating' }),
    onCalibrate: (calibrated) => context.send({ type: 'note', message: describeCalibration(calibrated) }),
    onCheckpoint: checkpointsOf(spec, context),
  });
}

async function saveBase(
  spec: MetaSpec,
  { base, weightsFile, start, hyperparameters, seconds }: MetaTrainingResult,
  metrics: MetaMetrics | null,
): Promise<ChildMessage> {
  return childMessageSchema.parse({
    type: 'made-base',
    digest: base.digest,
    weightsPath: await saveFile(spec, 'weights.made.safetensors', weightsFile),
    startPath: await saveFile(spec, 'start.made.safetensors', encodeStart(start)),
    metrics,
    steps: hyperparameters.iterations,
    seconds,
  });
}
