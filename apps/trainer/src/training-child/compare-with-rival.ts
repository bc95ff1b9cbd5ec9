import { readFile } from 'node:fs/promises';
import { decodeModulator } from '@kernelcast/artifact';
import type { Comparison } from '@kernelcast/contracts';
import type { BaseNetwork } from '@kernelcast/nets';
import type { Dataset } from '@kernelcast/nets/node';
import { comparePredictions, evaluate, yieldToEventLoop, type Evaluation } from '@kernelcast/training';
import type { TaskSpec } from './messages.js';

export interface RivalOptions {
  readonly base: BaseNetwork;
  readonly dataset: Dataset;
  /** What the new version predicts for the test images. */
  readonly predictions: Uint16Array;
  /** Called between passes; may throw to stop. */
  readonly pause?: () => Promise<void>;
}

/**
 * Measures the version that the task runs now, the rival, on the same test images, and compares the two image by
 * image.
 *
 * @returns null when the rival knows other classes, so that no answer of it can be held against the new version's
 * @throws what `decodeModulator` and `evaluate` throw
 */
async function compareWithRival(
  { modulatorVersion, path }: NonNullable<TaskSpec['rival']>,
  { base, dataset, predictions, pause }: RivalOptions,
): Promise<Comparison | null> {
  const rival = decodeModulator(await readFile(path));
  const sameClasses = rival.labels.length === dataset.labels.length && rival.labels.every((label, n) => label === dataset.labels[n]); // prettier-ignore
  if (!sameClasses) return null;
  const { top1, predictions: theirs = new Uint16Array() } = await evaluate({
    base,
    tensors: rival.tensors,
    labels: rival.labels,
    images: dataset.test,
    predictions: true,
    ...(pause && { pause }),
  });
  return { modulatorVersion, top1, ...comparePredictions(dataset.test.labels, predictions, theirs) };
}

/** What is reported of a measurement: how it compares with the rival's, and no single predictions. */
export async function withComparison(
  { rival }: Pick<TaskSpec, 'rival'>,
  { predictions, confidences: _, ...metrics }: Evaluation,
  { base, dataset, signal }: Pick<RivalOptions, 'base' | 'dataset'> & { readonly signal: AbortSignal },
): Promise<Evaluation & { comparison: Comparison | null }> {
  if (rival === undefined || predictions === undefined) return { ...metrics, comparison: null };
  const pause = (): Promise<void> => yieldToEventLoop(signal);
  return { ...metrics, comparison: await compareWithRival(rival, { base, dataset, predictions, pause }) };
}
