import type * as tf from '@tensorflow/tfjs-core';

/** Zeros before and after each side, and what TensorFlow is then told to pad. */
export interface NativePadding {
  readonly padding: 'SAME' | 'VALID';
  /** [before, after] for each dimension; undefined for none. */
  readonly explicit?: [number, number][];
}

/** Zeros before and after a side by TensorFlow's `SAME`. */
function same(size: number, out: number, stride: number, effective: number): [number, number] {
  const total = Math.max(0, (out - 1) * stride + effective - size);
  return [total >> 1, total - (total >> 1)];
}

/**
 * TensorFlow hands a convolution to oneDNN, several times as fast as its own code, only where the padding is `SAME` or
 * `VALID`; so any other is a step of its own, no larger than what the kernel reaches.
 */
export function paddingOf(info: tf.backend_util.Conv2DInfo): NativePadding {
  const { top, left } = info.padInfo;
  const sides = [
    { size: info.inHeight, out: info.outHeight, stride: info.strideHeight, reach: info.effectiveFilterHeight, before: top }, // prettier-ignore
    { size: info.inWidth, out: info.outWidth, stride: info.strideWidth, reach: info.effectiveFilterWidth, before: left }, // prettier-ignore
  ];
  const pads = sides.map(({ size, out, stride, reach, before }): [number, number] => [
    before,
    Math.max(0, (out - 1) * stride + reach - size - before),
  ]);
  if (pads.every(([before, after]) => before === 0 && after === 0)) return { padding: 'VALID' };
  const isSame = sides.every(({ size, out, stride, reach, before }, i) => {
    const [b, a] = same(size, out, stride, reach);
    return out === Math.ceil(size / stride) && b === before && a === pads[i]?.[1];
  });
  return isSame ? { padding: 'SAME' } : { padding: 'VALID', explicit: [[0, 0], ...pads, [0, 0]] };
}
