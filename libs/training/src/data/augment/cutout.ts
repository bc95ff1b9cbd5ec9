import type { Prng } from '@kernelcast/artifact';
import type { ImageSize } from './augment.types.js';

/** The pixel in the middle of what is painted over. */
export interface CutoutCentre {
  readonly x: number;
  readonly y: number;
}

/** Anywhere in the image, so that part of the square may fall outside of it. Two draws. */
export function drawCutout(prng: Prng, { height, width }: ImageSize): CutoutCentre {
  return { x: Math.floor(prng.nextFloat() * width), y: Math.floor(prng.nextFloat() * height) };
}

/**
 * Paints a square of `side` pixels over an image, in place: DeVries and Taylor, "Improved Regularization of
 * Convolutional Neural Networks with Cutout" (2017, arXiv 1708.04552).
 *
 * @param fill - colour by channel; the network's mean colour becomes zeros, which say nothing
 */
export function paintOver(
  pixels: Uint8Array,
  { height, width, channels }: ImageSize,
  { x, y, side, fill }: CutoutCentre & { readonly side: number; readonly fill: readonly number[] },
): void {
  const [top, left] = [y - Math.floor(side / 2), x - Math.floor(side / 2)];
  for (let row = Math.max(0, top); row < Math.min(height, top + side); row++) {
    for (let column = Math.max(0, left); column < Math.min(width, left + side); column++) {
      for (let c = 0; c < channels; c++) pixels[(row * width + column) * channels + c] = fill[c] ?? 0;
    }
  }
}
