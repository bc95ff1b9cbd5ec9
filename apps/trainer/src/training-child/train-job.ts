import { readFile } from 'node:fs/promises';
import { decodeModulator, roundToEncoding, type WeightMap } from '@kernelcast/artifact';
import { initBackend } from '@kernelcast/compute';
import type { BaseNetwork } from '@kernelcast/nets';
import { openDatasetZip, type Dataset } from '@kernelcast/nets/node';
import { train } from '@kernelcast/training';
import { alignLabels } from './align-labels.js';
import { backendName } from './backend-name.js';
import { withComparison } from './compare-with-rival.js';
import { describeTrial } from './describe-trial.js';
import { throttled, type JobContext } from './job-context.js';
import { checkpointsOf, loadBase, loadCheckpoint, saveModulator } from './job-files.js';
import { kernelsOf } from './kernels-of.js';
import { measureProbe } from './measure-probe.js';
import { measureSwap } from './measure-swap.js';
import type { TaskSpec } from './messages.js';
import { testPredictions } from './test-predictions.js';

/**
 * Trains one job from the files of its spec and leaves the artifact in the spec's folder.
 * @throws whatever the numeric libraries throw, `LabelsMismatchError`, and the signal's reason.
 */
export async function trainJob(spec: TaskSpec, context: JobContext): Promise<void> {
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
    spareThreads: context.spareThreads,
    seed: spec.seed,
    encoding: spec.encoding,
    startFrom: await loadStart(spec),
    checkpoint: await loadCheckpoint(spec),
    checkpointEveryMs: spec.checkpointEveryMs,
    checkpointEverySteps: spec.checkpointEverySteps,
    signal: context.signal,
    onStep: throttled(context),
    onCheckpoint: checkpointsOf(spec, context),
    onSearch: (report) => context.send({ type: 'note', message: describeTrial(report) }),
    predictions: true,
    onEvaluate: () => context.send({ type: 'evaluating' }),
  });
  const compared = await withComparison(spec, result.metrics, { base, dataset, signal: context.signal });
  const head = spec.wantsProbe ? await measureProbe(spec, { base, dataset, threads }, context) : undefined;
  const swap = measureSwap(base, roundToEncoding(result.artifactTensors, spec.encoding), backend.name);
  const metrics = { ...compared, head, swap };
  const { steps, hyperparameters, metrics: measured } = result;
  const predictions = await testPredictions(spec, { dataset, measured, signal: context.signal });
  const finished = { base, result, metrics, predictions, hyperparameters: { ...hyperparameters }, steps };
  await context.send(await saveModulator(spec, { ...finished, backend: backend.name }));
}

async function loadDataset(spec: TaskSpec, base: BaseNetwork, signal: AbortSignal): Promise<Dataset> {
  return alignLabels(await openDatasetZip(spec.datasetPath, base.graph.input, { signal }), spec.labels);
}

async function loadStart({ startFromPath }: TaskSpec): Promise<WeightMap | undefined> {
  return startFromPath === undefined ? undefined : decodeModulator(await readFile(startFromPath)).tensors;
}
