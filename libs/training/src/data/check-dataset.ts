import type { NetworkGraph } from '@kernelcast/nets';
import type { Dataset, Images } from '@kernelcast/nets/node';
import { UnusableDatasetError } from '../training.errors.js';

/** Fewer say nothing: BatchNorm needs a batch to normalise by. */
export const MIN_TRAIN_IMAGES = 2;
export const MIN_CLASSES = 2;

/** @throws {UnusableDatasetError} unless a network can learn from the dataset and be measured on it. */
export function checkDataset(graph: NetworkGraph, { labels, train, test }: Dataset): void {
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

function checkSet(name: string, graph: NetworkGraph, images: Images, classes: number): void {
  const { labels, count } = images;
  const fault = faultOf(images, graph);
  if (fault !== undefined || labels.length !== count) {
    throw new UnusableDatasetError(`the ${name} images are not ${fault ?? `${count} with one label each`}`);
  }
  if (labels.some((label) => label >= classes)) throw new UnusableDatasetError(`a ${name} label has no class`);
}

/** What images should be but are not. */
function faultOf(images: Images, { input: { height, width, channels } }: NetworkGraph): string | undefined {
  if ('archive' in images) {
    const fits = images.height === height && images.width === width && images.names.length === images.count;
    return fits ? undefined : `${images.count} files, decoded to ${height} x ${width}`;
  }
  const size = height * width * channels;
  return images.images.length === images.count * size ? undefined : `${images.count} of ${size} bytes`;
}
