import * as tf from '@tensorflow/tfjs-core';
import { rowsOf, spreadRows } from '../ops/spread-rows.js';

/** The gradient of tfjs multiplies by a tensor of ones as large as the input; where axes are neighbours, one pass does. */
function gradientOf(kernelName: string, scaleOf: (terms: number) => number): tf.GradConfig {
  return {
    kernelName,
    inputsToSave: ['x'],
    gradFunc: (dys, saved, attrs) => {
      const [{ shape }] = saved as [tf.Tensor];
      const dy = dys as tf.Tensor;
      const axes = tf.util.parseAxisParam(attrs['axis'] as number[], shape);
      const [, reduced] = tf.backend_util.computeOutAndReduceShapes(shape, axes);
      const scale = scaleOf(tf.util.sizeFromShape(reduced));
      return {
        x: () => {
          const rows = rowsOf(shape, axes);
          if (rows) return spreadRows(dy, rows, { shape, scale });
          const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
          return tf.mul(tf.reshape(dy, kept), tf.fill(shape, scale));
        },
      };
    },
  };
}

/** Replaces tfjs' gradients of `sum` and `mean`. */
export function registerReduceGradients(): void {
  tf.registerGradient(gradientOf(tf.Sum, () => 1));
  tf.registerGradient(gradientOf(tf.Mean, (terms) => 1 / terms));
}
