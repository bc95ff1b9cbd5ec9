import * as tf from '@tensorflow/tfjs-core';
import { poolInfo } from '../conv/pool-info.js';

const CPU = 'cpu';

function run(kernel: string, inputs: Record<string, tf.Tensor>, attrs: tf.NamedAttrMap): tf.Tensor {
  return tf.engine().runKernel(kernel, inputs, attrs);
}

/** How many of `extent` places from each window's start on lie inside `[0, size)`. */
function placesInside(windows: number, stride: number, start: number, extent: number, size: number): number[] {
  return Array.from({ length: windows }, (_, index) => {
    const first = index * stride + start;
    return Math.max(0, Math.min(size, first + extent) - Math.max(0, first));
  });
}

/**
 * The gradient by tfjs' cpu kernel, which divides by the whole window, though the average runs over the pixels inside
 * the image, and does not know of rounded sizes: so `dy` is raised by the ratio, and the padding spelt out.
 */
function avgGradientOnCpu(dy: tf.Tensor, input: tf.Tensor, attrs: tf.NamedAttrMap): tf.Tensor {
  const info = poolInfo(input.shape, attrs);
  const { top, left } = info.padInfo;
  const [height, width] = [info.filterHeight, info.filterWidth];
  const rows = placesInside(info.outHeight, info.strideHeight, -top, height, info.inHeight);
  const columns = placesInside(info.outWidth, info.strideWidth, -left, width, info.inWidth);
  const factors = rows.flatMap((inside) => columns.map((across) => (height * width) / (inside * across)));
  const pad = [
    [0, 0],
    [top, (info.outHeight - 1) * info.strideHeight + height - info.inHeight - top],
    [left, (info.outWidth - 1) * info.strideWidth + width - info.inWidth - left],
    [0, 0],
  ];
  const shares = tf.mul(dy, tf.tensor(factors, [1, info.outHeight, info.outWidth, 1]));
  return run(tf.AvgPoolGrad, { dy: shares, input }, { ...attrs, pad });
}

/** Unlike tfjs' own gradients of pooling, these pass the rounding of sizes on, on which the windows depend. */
export function registerPoolGradients(): void {
  tf.registerGradient({
    kernelName: tf.MaxPool,
    inputsToSave: ['x'],
    outputsToSave: [true],
    gradFunc: (dys, saved, attrs) => {
      const [input, output] = saved as [tf.Tensor, tf.Tensor];
      return { x: () => run(tf.MaxPoolGrad, { dy: dys as tf.Tensor, input, output }, attrs) };
    },
  });
  tf.registerGradient({
    kernelName: tf.AvgPool,
    inputsToSave: ['x'],
    gradFunc: (dys, saved, attrs) => {
      const [input] = saved as [tf.Tensor];
      const dy = dys as tf.Tensor;
      return {
        x: () =>
          tf.getBackend() === CPU ? avgGradientOnCpu(dy, input, attrs) : run(tf.AvgPoolGrad, { dy, input }, attrs),
      };
    },
  });
}
