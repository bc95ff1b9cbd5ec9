import type { WeightMap } from '@kernelcast/artifact';
import type { BaseNetwork } from '@kernelcast/nets';
import type { Images } from '@kernelcast/nets/node';
import { isShared } from '../data/images.js';

/** The base with its weights in shared memory: one copy for all threads. */
export function shareBase(base: BaseNetwork): BaseNetwork {
  const total = [...base.weights.values()].reduce((sum, { data }) => sum + data.length, 0);
  const buffer = new SharedArrayBuffer(total * Float32Array.BYTES_PER_ELEMENT);
  let at = 0;
  const weights: WeightMap = new Map(
    [...base.weights].map(([name, { shape, data }]) => {
      const shared = new Float32Array(buffer, at * Float32Array.BYTES_PER_ELEMENT, data.length);
      shared.set(data);
      at += data.length;
      return [name, { shape, data: shared }];
    }),
  );
  return { ...base, weights };
}

/** The images with their pixels in shared memory; they are copied only where they are not there already. */
export function shareImages(images: Images): Images {
  if ('archive' in images || isShared(images.images)) return images;
  const pixels = new Uint8Array(new SharedArrayBuffer(images.images.length));
  pixels.set(images.images);
  return { ...images, images: pixels };
}
