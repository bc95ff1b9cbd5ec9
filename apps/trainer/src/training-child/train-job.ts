import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { decodeModulator, type WeightMap } from '@kernelcast/artifact';
import type { Comparison } from '@kernelcast/contracts';
import { initBackend, type BackendInfo } from '@kernelcast/compute';
import { BaseNetworkError, loadBaseNetwork, type BaseNetwork } from '@kernelcast/nets';
import { openDatasetZip, type Dataset } from '@kernelcast/nets/node';
import {
  encodeTrainedModulator,
  train,
  type Evaluation,
  type StepReport,
  type TrainingResult,
} from '@kernelcast/training';
import { alignLabels } from './align-labels.js';
import { backendName } from './backend-name.js';
import { compareWithRival } from './compare-with-rival.js';
import { describeTrial } from './describe-trial.js';
import { kernelsOf } from './kernels-of.js';
import { childMessageSchema, type ChildMessage, type TrainingSpec } from './messages.js';

/** Milliseconds between two progress messages: the parent writes at most four times a second. */
const PROGRESS_INTERVAL_MS = 100;

/** The parent asked to end with a checkpoint. */
export class StopRequest extends Error {
  constructor() {
    super('Stopped on request');
    this.name = 'StopRequest';
  }
}

export interface TrainJobContext {
  send(message: ChildMessage): Promise<void>;
  /** Aborted with a `StopRequest`. */
  readonly signal: AbortSignal;
}

/**
 * Trains one job from the files of its spec and leaves the artifact in the spec's folder.
 * @throws whatever the numeric libraries throw, `LabelsMismatchError`, and the signal's reason.
 */
export async function trainJob(spec: TrainingSpec, context: TrainJobContext): Promise<void> {
  const { nativeFolder: folder } = spec;
  const backend = await initBackend({ force: backendName(spec.backend), native: { folder, threads: spec.threads } });
  // A native backend spreads its work over threads by itself.
  const threads = backend.name === 'wasm' ? spec.threads : 1;
  const base = await loadBase(spec);
  const dataset = await loadDataset(spec, base, context.signal);
  await context.send({
    type: 'loaded',
    backend: backend.name,
    kernels: kernelsOf(backend, threads),
    threads: backend.native ? backend.native.threads : (threads ?? 1),
    trainImages: dataset.train.count,
    testImages: dataset.test.count,
  });
  const result = await train({
    base,
    dataset,
    method: spec.method,
    budget: spec.budget,
    hyperparameters: spec.hyperparameters,
    searchSeconds: spec.searchSeconds,
    threads,
    seed: spec.seed,
    encoding: spec.encoding,
    startFrom: await loadStart(spec),
    checkpoint: spec.checkpointPath === undefined ? undefined : await readFile(spec.checkpointPath),
    checkpointEveryMs: spec.checkpointEveryMs,
    checkpointEverySteps: spec.checkpointEverySteps,
    signal: context.signal,
    onStep: throttled(context),
    onCheckpoint: (bytes, step) => saveCheckpoint(spec, context, bytes, step),
    onSearch: (report) => context.send({ type: 'note', message: describeTrial(report) }),
    predictions: spec.rival !== undefined,
    onEvaluate: () => context.send({ type: 'evaluating' }),
  });
  const metrics = await withComparison(spec, result.metrics, { base, dataset, signal: context.signal });
  await context.send(await saveArtifact(spec, base, { ...result, metrics }, backend));
}

/** What is reported of the measurement: how it compares with the rival's, and no single predictions. */
async function withComparison(
  { rival }: TrainingSpec,
  { predictions, ...metrics }: Evaluation,
  { base, dataset, signal }: { readonly base: BaseNetwork; readonly dataset: Dataset; readonly signal: AbortSignal },
): Promise<Evaluation & { comparison: Comparison | null }> {
  if (rival === undefined || predictions === undefined) return { ...metrics, comparison: null };
  const pause = async (): Promise<void> => signal.throwIfAborted();
  return { ...metrics, comparison: await compareWithRival(rival, { base, dataset, predictions, pause }) };
}

async function loadBase({ base: { digest, graphPath, weightsPath } }: TrainingSpec): Promise<BaseNetwork> {
  const base = await loadBaseNetwork(await readFile(graphPath), await readFile(weightsPath));
  if (base.digest !== digest) throw new BaseNetworkError(`its files have digest ${base.digest}, not ${digest}`);
  return base;
}

async function loadDataset(spec: TrainingSpec, base: BaseNetwork, signal: AbortSignal): Promise<Dataset> {
  return alignLabels(await openDatasetZip(spec.datasetPath, base.graph.input, { signal }), spec.labels);
}

async function loadStart({ startFromPath }: TrainingSpec): Promise<WeightMap | undefined> {
  return startFromPath === undefined ? undefined : decodeModulator(await readFile(startFromPath)).tensors;
}

/** Passes on the first and the last step, and between them what the interval allows. */
function throttled({ send }: TrainJobContext): (report: StepReport) => Promise<void> | undefined {
  let sentAt = -Infinity;
  return (report) => {
    const now = performance.now();
    if (report.step < report.steps && now - sentAt < PROGRESS_INTERVAL_MS) return undefined;
    sentAt = now;
    return send({ type: 'progress', ...report });
  };
}

/** Written whole under its final name, so that the parent never stores half of one. */
async function saveFile(file: string, bytes: Uint8Array): Promise<string> {
  await writeFile(`${file}.tmp`, bytes);
  await rename(`${file}.tmp`, file);
  return file;
}

async function saveCheckpoint(
  { workDir }: TrainingSpec,
  { send }: TrainJobContext,
  bytes: Uint8Array,
  step: number,
): Promise<void> {
  const file = await saveFile(path.join(workDir, `checkpoint-${step}.safetensors`), bytes);
  await send({ type: 'checkpoint', path: file, step });
}

async function saveArtifact(
  spec: TrainingSpec,
  base: BaseNetwork,
  result: TrainingResult,
  backend: BackendInfo,
): Promise<ChildMessage> {
  const { task, encoding, seed } = spec;
  const trainedBy = `kernelcast ${spec.version}, ${backend.name}`;
  const bytes = encodeTrainedModulator({ base, result, task, encoding, seed, trainedBy });
  const { metrics, plan, steps, seconds } = result;
  return childMessageSchema.parse({
    type: 'done',
    artifactPath: await saveFile(path.join(spec.workDir, 'modulator.safetensors'), bytes),
    encoding,
    metrics,
    parameters: plan.totalParams,
    headParameters: (base.graph.featureSize + 1) * spec.labels.length,
    steps,
    seconds,
  });
}
