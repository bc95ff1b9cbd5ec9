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

/** Enlarges a cut-out to the whole image: bilinear, pixels at their centres, edges repeated. */
export function resizeCrop(source: Uint8Array, target: Uint8Array, size: ImageSize, crop: Crop): void {
  const { height, width, channels } = size;
  const rows = samples(height, crop.height);
  const columns = samples(width, crop.width);
  const length = crop.width * channels;
  const between = new Float64Array(length);
  const rowStart = (row: number) => ((crop.top + row) * width + crop.left) * channels;
  for (let y = 0; y < height; y++) {
    const [above, below] = [rowStart(rows.low[y] ?? 0), rowStart(rows.high[y] ?? 0)];
    const down = rows.share[y] ?? 0;
    for (let i = 0; i < length; i++) {
      const upper = source[above + i] ?? 0;
      between[i] = upper + ((source[below + i] ?? 0) - upper) * down;
    }
    interpolateRow(between, target.subarray(y * width * channels, (y + 1) * width * channels), columns, channels);
  }
}

function interpolateRow(row: Float64Array, target: Uint8Array, { low, high, share }: Samples, channels: number): void {
  let at = 0;
  for (let x = 0; x < low.length; x++) {
    const left = (low[x] ?? 0) * channels;
    const right = (high[x] ?? 0) * channels;
    const across = share[x] ?? 0;
    for (let c = 0; c < channels; c++) {
      const value = row[left + c] ?? 0;
      // Half more, and the array of bytes drops the rest: rounding, as nothing is negative.
      target[at++] = value + ((row[right + c] ?? 0) - value) * across + 0.5;
    }
  }
}

/** For each position in the result, the two positions in the cut-out around it and the share of the second. */
interface Samples {
  readonly low: Uint32Array;
  readonly high: Uint32Array;
  readonly share: Float64Array;
}

function samples(count: number, length: number): Samples {
  const positions = Float64Array.from({ length: count }, (_, i) => Math.max(0, ((i + 0.5) * length) / count - 0.5));
  const low = Uint32Array.from(positions, (position) => Math.min(length - 1, Math.floor(position)));
  return {
    low,
    high: low.map((position) => Math.min(length - 1, position + 1)),
    share: positions.map((position, i) => position - (low[i] ?? 0)),
  };
}
