import type { Prng } from '@kernelcast/artifact';
import type { ImageSize } from './augment.types.js';

/** A rectangle inside an image, in whole pixels. */
export interface Crop {
  readonly top: number;
  readonly left: number;
  readonly height: number;
  readonly width: number;
}

/** How far a cut-out may be from the image's own proportions, up or down. */
const LARGEST_STRETCH = 4 / 3;

/**
 * Area uniform in `[cropScale, 1]` of the image, stretch log-uniform in `[3/4, 4/3]`, place uniform: as in Szegedy
 * et al., "Going Deeper with Convolutions" (CVPR 2015), section 6. A side longer than the image is cut to it. Four
 * draws.
 */
export function drawCrop(prng: Prng, { height, width }: ImageSize, cropScale: number): Crop {
  const share = cropScale + (1 - cropScale) * prng.nextFloat();
  const stretch = LARGEST_STRETCH ** (2 * prng.nextFloat() - 1);
  const side = (whole: number, part: number) => Math.min(whole, Math.max(1, Math.round(whole * part)));
  const size = { height: side(height, Math.sqrt(share / stretch)), width: side(width, Math.sqrt(share * stretch)) };
  return {
    ...size,
    top: Math.floor(prng.nextFloat() * (height - size.height + 1)),
    left: Math.floor(prng.nextFloat() * (width - size.width + 1)),
  };
}

/** The two source positions of a pixel, and the share of the second. */
interface Sample {
  readonly low: number;
  readonly high: number;
  readonly share: number;
}

/** Enlarges a cut-out to the whole image: bilinear, pixels at their centres, edges repeated. */
export function resizeCrop(source: Uint8Array, target: Uint8Array, size: ImageSize, crop: Crop): void {
  const { height, width, channels } = size;
  const columns = samples(width, crop.left, crop.width);
  let at = 0;
  for (const { low: upper, high: lower, share: down } of samples(height, crop.top, crop.height)) {
    for (const { low: left, high: right, share: across } of columns) {
      for (let c = 0; c < channels; c++) {
        const value = (row: number, column: number) => source[(row * width + column) * channels + c] ?? 0;
        const above = value(upper, left) * (1 - across) + value(upper, right) * across;
        const below = value(lower, left) * (1 - across) + value(lower, right) * across;
        target[at++] = Math.round(above * (1 - down) + below * down);
      }
    }
  }
}

function samples(count: number, start: number, length: number): Sample[] {
  return Array.from({ length: count }, (_, i) => {
    const position = Math.max(0, ((i + 0.5) * length) / count - 0.5);
    const low = Math.min(length - 1, Math.floor(position));
    return { low: start + low, high: start + Math.min(length - 1, low + 1), share: position - low };
  });
}
