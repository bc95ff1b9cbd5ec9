import type { LoadedDataset } from '@kernelcast/nets/node';
import type { ClassImages } from '@kernelcast/training';

/** The training images of a dataset, class by class. */
export function classImages({ labels, train }: Pick<LoadedDataset, 'labels' | 'train'>): ClassImages[] {
  const size = train.images.length / train.count;
  return labels.map((name, label) => {
    const indices = Array.from(train.labels.keys()).filter((index) => train.labels[index] === label);
    const images = new Uint8Array(indices.length * size);
    indices.forEach((index, n) => images.set(train.images.subarray(index * size, (index + 1) * size), n * size));
    return { name, images, count: indices.length };
  });
}
