import type { Interval } from '@kernelcast/contracts';

/** Two-sided 95 % quantile of the normal distribution. */
const Z = 1.959964;

/**
 * The 95 % score interval of a share (E. B. Wilson, JASA 22, 1927): holds for shares near 0 and 1 and for few images,
 * where the usual one does not.
 *
 * @param value - share that was right
 * @param images - of how many; an interval over none is everything
 */
export function wilson(value: number, images: number): Interval {
  if (images === 0) return { value, low: 0, high: 1, images };
  const scale = 1 + Z ** 2 / images;
  const centre = (value + Z ** 2 / (2 * images)) / scale;
  const half = (Z / scale) * Math.sqrt((value * (1 - value)) / images + Z ** 2 / (4 * images ** 2));
  return { value, low: Math.max(0, centre - half), high: Math.min(1, centre + half), images };
}
