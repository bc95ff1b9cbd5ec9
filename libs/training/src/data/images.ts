import { types } from 'node:util';
import type { Images } from '@kernelcast/nets/node';

/** Some of the images, in the order asked for. Pixels in memory are copied, to memory that is shared if theirs is. */
export function subsetOf(images: Images, indices: Uint32Array): Images {
  const labels = Uint16Array.from(indices, (index) => images.labels[index] ?? 0);
  const count = indices.length;
  if ('archive' in images) {
    return { ...images, names: Array.from(indices, (index) => images.names[index] ?? ''), labels, count };
  }
  const size = images.images.length / images.count;
  const bytes = count * size;
  const picked = new Uint8Array(isShared(images.images) ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes));
  indices.forEach((index, n) => picked.set(images.images.subarray(index * size, (index + 1) * size), n * size));
  return { images: picked, labels, count };
}

/** Whether other threads can have an array's memory without a copy. */
export function isShared(array: ArrayBufferView): boolean {
  return types.isSharedArrayBuffer(array.buffer);
}
