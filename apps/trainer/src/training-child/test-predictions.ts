import { IMAGE_KEY_BYTES, type TestPredictions } from '@kernelcast/artifact';
import { testImageDigests, type Dataset } from '@kernelcast/nets/node';
import type { Evaluation } from '@kernelcast/training';
import type { TaskSpec } from './messages.js';

export interface MeasuredImages {
  /** With its classes in the order of the task's labels. */
  readonly dataset: Pick<Dataset, 'labels' | 'test'>;
  /** With its predictions. */
  readonly measured: Evaluation;
  readonly signal: AbortSignal;
}

/**
 * What was predicted for each test image, under the image's own name: so that versions can be compared on the images
 * that they share, even across data sets.
 * @throws {DatasetError} when the archive cannot be read again; the signal's reason
 */
export async function testPredictions(
  { datasetPath }: Pick<TaskSpec, 'datasetPath'>,
  { dataset, measured, signal }: MeasuredImages,
): Promise<TestPredictions> {
  const { predictions, confidences } = measured;
  if (!predictions || !confidences) throw new Error('the evaluation kept no predictions');
  const digests = await testImageDigests(datasetPath, signal);
  const images = new Uint8Array(digests.length * IMAGE_KEY_BYTES);
  digests.forEach((digest, n) => images.set(digest.subarray(0, IMAGE_KEY_BYTES), n * IMAGE_KEY_BYTES));
  const { labels, test } = dataset;
  return { labels, images, truth: test.labels, predicted: predictions, probability: confidences };
}
