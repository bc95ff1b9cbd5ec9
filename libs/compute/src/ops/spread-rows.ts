import * as tf from '@tensorflow/tfjs-core';
import { SPREAD_ROWS } from './kernel-names.js';
import { defineComposedKernel, runKernelSingle } from './run-kernel.js';

/** A shape seen as `[outer, count, inner]`, of which the middle is summed. */
interface Rows {
  readonly outer: number;
  readonly count: number;
  readonly inner: number;
}

/** The view of `shape` in which `axes` (ascending) are the middle; undefined where they are no neighbours. */
export function rowsOf(shape: readonly number[], axes: readonly number[]): Rows | undefined {
  const first = axes[0] ?? 0;
  const end = first + axes.length;
  if (axes.some((axis, i) => axis !== first + i)) return undefined;
  const size = (from: number, to?: number): number => tf.util.sizeFromShape(shape.slice(from, to));
  return { outer: size(0, first), count: size(first, end), inner: size(end) };
}

defineComposedKernel(SPREAD_ROWS, ({ y }, attrs) => {
  const { outer, count, inner } = attrs['rows'] as unknown as Rows;
  const scaled = tf.mul(tf.reshape(y as tf.Tensor, [outer, 1, inner]), attrs['scale'] as number);
  return [tf.reshape(tf.tile(scaled, [1, count, 1]), attrs['shape'] as number[])];
});

/** `scale * y`, repeated for each of the `rows.count` terms of which `y` is the sum; of `shape`. */
export function spreadRows(y: tf.Tensor, rows: Rows, options: { shape: number[]; scale: number }): tf.Tensor {
  return runKernelSingle(SPREAD_ROWS, { y }, { rows, ...options });
}
