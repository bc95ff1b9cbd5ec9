import { readFile } from 'node:fs/promises';
import { roundToEncoding } from '@kernelcast/artifact';
import { initBackend } from '@kernelcast/compute';
import { MAX_SUPPORT_IMAGES } from '@kernelcast/contracts';
import { readDatasetZip } from '@kernelcast/nets/node';
import {
  decodeStart,
  evaluate,
  fewShot,
  StartError,
  UnusableDatasetError,
  yieldToEventLoop,
} from '@kernelcast/training';
import { alignLabels } from './align-labels.js';
import { backendName } from './backend-name.js';
import { withComparison } from './compare-with-rival.js';
import type { JobContext } from './job-context.js';
import { loadBase, saveModulator } from './job-files.js';
import { kernelsOf } from './kernels-of.js';
import { measureProbe } from './measure-probe.js';
import { measureSwap } from './measure-swap.js';
import type { TaskSpec } from './messages.js';
import { testPredictions } from './test-predictions.js';

/**
 * Makes a modulator from a handful of images, the training images of the dataset, and measures it by the test images.
 * It takes seconds, so there are no checkpoints.
 * @throws whatever the numeric libraries throw, `LabelsMismatchError`, and the signal's reason.
 */
export async function fewShotJob(spec: TaskSpec, context: JobContext): Promise<void> {
  const { send, signal } = context;
  const { nativeFolder: folder, threads, labels, startPath, encoding } = spec;
  const backend = await initBackend({ force: backendName(spec.backend), native: { folder, threads } });
  const base = await loadBase(spec);
  if (startPath === undefined) throw new StartError('the base network has none');
  const start = decodeStart(await readFile(startPath), base);
  const dataset = alignLabels(await readDatasetZip(spec.datasetPath, base.graph.input, { signal }), labels);
  const { train, test } = dataset;
  if (train.count > MAX_SUPPORT_IMAGES) {
    throw new UnusableDatasetError(`${train.count} training images; a few-shot job takes ${MAX_SUPPORT_IMAGES}`);
  }
  await send({
    type: 'loaded',
    backend: backend.name,
    kernels: kernelsOf(backend),
    threads: backend.native ? backend.native.threads : 1,
    trainImages: train.count,
    testImages: test.count,
  });
  const { steps: asked } = spec.hyperparameters;
  const steps = asked === undefined || asked === 'auto' ? start.innerSteps : asked;
  const result = await fewShot({ base, start, labels, support: train, steps, signal });
  await send({ type: 'evaluating' });
  const tensors = roundToEncoding(result.artifactTensors, encoding);
  const pause = (): Promise<void> => yieldToEventLoop(signal);
  const measured = await evaluate({ base, tensors, labels, images: test, predictions: true, pause });
  const compared = await withComparison(spec, measured, { base, dataset, signal });
  const head = spec.wantsProbe ? await measureProbe(spec, { base, dataset, threads: 1 }, context) : undefined;
  const metrics = { ...compared, head, swap: measureSwap(base, tensors, backend.name) };
  const predictions = await testPredictions(spec, { dataset, measured, signal });
  const whole = start.headSteps + steps;
  const finished = { base, result, metrics, predictions, hyperparameters: { steps }, steps: whole };
  await send(await saveModulator(spec, { ...finished, backend: backend.name }));
}
