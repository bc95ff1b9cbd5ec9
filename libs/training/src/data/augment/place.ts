import type { Prng } from '@kernelcast/artifact';
import type { Augmentation, ImageSize } from './augment.types.js';

/** Where an image goes. */
export interface Placement {
  readonly dx: number;
  readonly dy: number;
  readonly mirrored: boolean;
}

/** Three draws. */
export function drawPlacement(
  prng: Prng,
  { shiftPixels, flip }: Pick<Augmentation, 'shiftPixels' | 'flip'>,
): Placement {
  const range = 2 * shiftPixels + 1;
  return {
    dx: (prng.nextUint32() % range) - shiftPixels,
    dy: (prng.nextUint32() % range) - shiftPixels,
    mirrored: prng.nextFloat() < 0.5 && flip,
  };
}

/** Copies an image moved and mirrored. Where the move uncovers pixels, the edge is repeated. */
export function place(
  source: Uint8Array,
  target: Uint8Array,
  { height, width, channels }: ImageSize,
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
