import type { NetworkGraph } from '@kernelcast/nets';
import type { ImageSet, LoadedDataset } from '@kernelcast/nets/node';
import { UnusableDatasetError } from '../training.errors.js';

/** Fewer say nothing: BatchNorm needs a batch to normalise by. */
export const MIN_TRAIN_IMAGES = 2;
export const MIN_CLASSES = 2;

/** @throws {UnusableDatasetError} unless a network can learn from the dataset and be measured on it. */
export function checkDataset(graph: NetworkGraph, { labels, train, test }: LoadedDataset): void {
  if (labels.length < MIN_CLASSES)
    throw new UnusableDatasetError(`${labels.length} classes; ${MIN_CLASSES} are needed`);
  if (train.count < MIN_TRAIN_IMAGES) {
    throw new UnusableDatasetError(`${train.count} training images; ${MIN_TRAIN_IMAGES} are needed`);
  }
  if (test.count < 1) throw new UnusableDatasetError('no test image to measure by');
  checkSet('training', graph, train, labels.length);
  checkSet('test', graph, test, labels.length);
  const seen = new Set(train.labels);
  const unseen = labels.filter((_, index) => !seen.has(index));
  if (unseen.length > 0) throw new UnusableDatasetError(`no training image of '${unseen.slice(0, 3).join("', '")}'`);
}

function checkSet(name: string, { input }: NetworkGraph, { images, labels, count }: ImageSet, classes: number): void {
  const size = input.height * input.width * input.channels;
  if (images.length !== count * size || labels.length !== count) {
    throw new UnusableDatasetError(`the ${name} images are not ${count} of ${size} bytes, one label each`);
  }
  if (labels.some((label) => label >= classes)) throw new UnusableDatasetError(`a ${name} label has no class`);
}
