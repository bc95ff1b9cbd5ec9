import type { InputSpec } from '@kernelcast/nets';
import type { ClassImages } from './class-images.js';

/** Quarter turns; none is the class itself. */
const TURNS = [0, 1, 2, 3] as const;

/**
 * The classes and, as classes of their own, each turned by 90, 180 and 270 degrees: four times as many. Usual for
 * drawn characters (Santoro et al. 2016, arXiv 1605.06065); wrong where a turned image means the same.
 *
 * @throws {RangeError} unless images are square.
 */
export function withRotations(
  classes: readonly ClassImages[],
  { height, width, channels }: Pick<InputSpec, 'height' | 'width' | 'channels'>,
): ClassImages[] {
  if (height !== width) throw new RangeError(`images of ${height} x ${width} cannot be turned in place`);
  return TURNS.flatMap((turns) =>
    classes.map(
      (one) =>
      turns === 0
        ? one
        : { ...one, name: `${one.name} turned ${90 * turns}°`, images: turn(one.images, { side: height, channels, turns }) }, // prettier-ignore
    ),
  );
}

/** Every image of `[n, side, side, channels]` turned counterclockwise. */
function turn(
  images: Uint8Array,
  { side, channels, turns }: { readonly side: number; readonly channels: number; readonly turns: number },
): Uint8Array {
  const result = new Uint8Array(images.length);
  const size = side * side * channels;
  const last = side - 1;
  for (let start = 0; start < images.length; start += size) {
    for (let y = 0; y < side; y++) {
      for (let x = 0; x < side; x++) {
        const [fromY, fromX] = [[y, x], [x, last - y], [last - y, last - x], [last - x, y]][turns] ?? [y, x]; // prettier-ignore
        const from = start + ((fromY ?? 0) * side + (fromX ?? 0)) * channels;
        const to = start + (y * side + x) * channels;
        for (let c = 0; c < channels; c++) result[to + c] = images[from + c] ?? 0;
      }
    }
  }
  return result;
}
