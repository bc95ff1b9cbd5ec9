import { createPrng } from '@kernelcast/artifact';
import type { InputSpec } from '@kernelcast/nets';

export interface Augmentation {
  /** Largest move in each direction, in pixels. */
  readonly shiftPixels: number;
  /** Whether half of the images are mirrored left to right. */
  readonly flip: boolean;
}

interface Placement {
  readonly dx: number;
  readonly dy: number;
  readonly mirrored: boolean;
}

/**
 * Copies images (uint8 `[count, h, w, c]`) moved and mirrored at random. Where a move uncovers pixels, the edge is
 * repeated. Each image takes three draws, whatever is switched on.
 *
 * @param indices - which images, in the order of the result
 */
export function augment(
  images: Uint8Array,
  indices: Uint32Array,
  spec: Pick<InputSpec, 'height' | 'width' | 'channels'>,
  { shiftPixels, flip, seed }: Augmentation & { readonly seed: number },
): Uint8Array {
  const size = spec.height * spec.width * spec.channels;
  const prng = createPrng(seed);
  const range = 2 * shiftPixels + 1;
  const result = new Uint8Array(indices.length * size);
  indices.forEach((index, n) => {
    const placement: Placement = {
      dx: (prng.nextUint32() % range) - shiftPixels,
      dy: (prng.nextUint32() % range) - shiftPixels,
      mirrored: prng.nextFloat() < 0.5 && flip,
    };
    const source = images.subarray(index * size, (index + 1) * size);
    place(source, result.subarray(n * size, (n + 1) * size), spec, placement);
  });
  return result;
}

/** The images as they are. */
export function pick(images: Uint8Array, indices: Uint32Array, size: number): Uint8Array {
  const result = new Uint8Array(indices.length * size);
  indices.forEach((index, n) => result.set(images.subarray(index * size, (index + 1) * size), n * size));
  return result;
}

function place(
  source: Uint8Array,
  target: Uint8Array,
  { height, width, channels }: Pick<InputSpec, 'height' | 'width' | 'channels'>,
  { dx, dy, mirrored }: Placement,
): void {
  let at = 0;
  for (let y = 0; y < height; y++) {
    const row = clamp(y + dy, height) * width;
    for (let x = 0; x < width; x++) {
      const column = clamp(x + dx, width);
      let from = (row + (mirrored ? width - 1 - column : column)) * channels;
      for (let c = 0; c < channels; c++) target[at++] = source[from++] ?? 0;
    }
  }
}

function clamp(position: number, size: number): number {
  return Math.min(size - 1, Math.max(0, position));
}
