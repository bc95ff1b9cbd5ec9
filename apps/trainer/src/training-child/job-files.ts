import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { encodePredictions, roundToEncoding, type TestPredictions } from '@kernelcast/artifact';
import type { SettledHyperparameters } from '@kernelcast/contracts';
import { layerChanges } from '@kernelcast/km';
import { BaseNetworkError, loadBaseNetwork, type BaseNetwork } from '@kernelcast/nets';
import { encodeTrainedModulator, type Evaluation, type FewShotResult } from '@kernelcast/training';
import type { JobContext } from './job-context.js';
import { childMessageSchema, type ChildMessage, type TaskSpec, type TrainingSpec } from './messages.js';

/** @throws {BaseNetworkError} when the files are another base network, or none. */
export async function loadBase({ base: { digest, graphPath, weightsPath } }: TrainingSpec): Promise<BaseNetwork> {
  const base = await loadBaseNetwork(await readFile(graphPath), await readFile(weightsPath));
  if (base.digest !== digest) throw new BaseNetworkError(`its files have digest ${base.digest}, not ${digest}`);
  return base;
}

export async function loadCheckpoint({ checkpointPath }: TrainingSpec): Promise<Uint8Array | undefined> {
  return checkpointPath === undefined ? undefined : readFile(checkpointPath);
}

/** Written whole under its final name, so that the parent never stores half of one. @returns its path */
export async function saveFile({ workDir }: TrainingSpec, name: string, bytes: Uint8Array): Promise<string> {
  const file = path.join(workDir, name);
  await writeFile(`${file}.tmp`, bytes);
  await rename(`${file}.tmp`, file);
  return file;
}

/** Leaves checkpoints for the parent, and tells it. */
export function checkpointsOf(
  spec: TrainingSpec,
  { send }: JobContext,
): (bytes: Uint8Array, step: number) => Promise<void> {
  return async (bytes, step) => {
    await send({ type: 'checkpoint', path: await saveFile(spec, `checkpoint-${step}.safetensors`, bytes), step });
  };
}

export interface FinishedModulator {
  readonly base: BaseNetwork;
  readonly result: FewShotResult;
  readonly metrics: Evaluation;
  readonly predictions: TestPredictions;
  /** As settled. */
  readonly hyperparameters: Readonly<SettledHyperparameters>;
  readonly steps: number;
  /** Name of the backend that made it. */
  readonly backend: string;
}

/** Leaves the artifact for the parent. @returns the last word on it */
export async function saveModulator(
  spec: TaskSpec,
  { base, result, metrics, predictions, hyperparameters, steps, backend }: FinishedModulator,
): Promise<ChildMessage> {
  const { task, encoding, seed } = spec;
  const trainedBy = `kernelcast ${spec.version}, ${backend}`;
  const bytes = encodeTrainedModulator({ base, result, task, encoding, seed, trainedBy });
  return childMessageSchema.parse({
    type: 'done',
    artifactPath: await saveFile(spec, 'modulator.safetensors', bytes),
    predictionsPath: await saveFile(spec, 'predictions.safetensors', encodePredictions(predictions)),
    layerChanges: layerChanges(base, roundToEncoding(result.artifactTensors, encoding)),
    hyperparameters,
    encoding,
    metrics,
    parameters: result.plan.totalParams,
    headParameters: (base.graph.featureSize + 1) * spec.labels.length,
    steps,
    seconds: result.seconds,
  });
}
