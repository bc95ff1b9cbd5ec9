import * as tf from '@tensorflow/tfjs-core';
import { WASM } from '../wasm/define-kernel.js';

type Pair = [number, number];

interface GradientKernels {
  readonly forward: string;
  readonly input: string;
  readonly filter: string;
}

const CONV2D: GradientKernels = {
  forward: tf.Conv2D,
  input: tf.Conv2DBackpropInput,
  filter: tf.Conv2DBackpropFilter,
};
const DEPTHWISE: GradientKernels = {
  forward: tf.DepthwiseConv2dNative,
  input: tf.DepthwiseConv2dNativeBackpropInput,
  filter: tf.DepthwiseConv2dNativeBackpropFilter,
};

function run(kernel: string, inputs: Record<string, tf.Tensor>, attrs: object): tf.Tensor {
  return tf.engine().runKernel(kernel, inputs, attrs as tf.NamedAttrMap);
}

function pair(value: unknown): Pair {
  if (Array.isArray(value)) return [Number(value[0]), Number(value[1])];
  return value === undefined || value === null ? [1, 1] : [Number(value), Number(value)];
}

/** A dilated kernel written out with its zeros: `[kh, kw, i, o]` to `[(kh - 1) * dh + 1, (kw - 1) * dw + 1, i, o]`. */
function spread(filter: tf.Tensor, [dh, dw]: Pair): tf.Tensor {
  const [kh, kw, i, o] = filter.shape as [number, number, number, number];
  const tall = filter.reshape([kh, 1, kw * i * o]).pad([
    [0, 0],
    [0, dh - 1],
    [0, 0],
  ]);
  const wide = tall.reshape([kh * dh * kw, 1, i * o]).pad([
    [0, 0],
    [0, dw - 1],
    [0, 0],
  ]);
  return wide.reshape([kh * dh, kw * dw, i, o]).slice([0, 0, 0, 0], [(kh - 1) * dh + 1, (kw - 1) * dw + 1, i, o]);
}

/**
 * Gradient of a convolution. tfjs' own refuses dilated kernels; ours hands the dilation to our wasm kernels, and on
 * other backends writes the dilated kernel out with its zeros, which is the same convolution.
 */
function gradientOf(kernels: GradientKernels): tf.GradConfig {
  return {
    kernelName: kernels.forward,
    inputsToSave: ['x', 'filter'],
    gradFunc: (dys, saved, attrs) => {
      const dy = dys as tf.Tensor;
      const [x, filter] = saved as [tf.Tensor, tf.Tensor];
      const dilations = pair(attrs['dilations']);
      const dilated = tf.getBackend() !== WASM && (dilations[0] > 1 || dilations[1] > 1);
      const common = { ...attrs, dilations: dilated ? [1, 1] : dilations };
      return {
        x: () => {
          const kernel = dilated ? spread(filter, dilations) : filter;
          return run(kernels.input, { dy, filter: kernel }, { ...common, inputShape: x.shape });
        },
        filter: () => {
          if (!dilated) return run(kernels.filter, { x, dy }, { ...common, filterShape: filter.shape });
          const [kh, kw, i, o] = filter.shape as [number, number, number, number];
          const [height, width] = [(kh - 1) * dilations[0] + 1, (kw - 1) * dilations[1] + 1];
          const whole = run(kernels.filter, { x, dy }, { ...common, filterShape: [height, width, i, o] });
          return tf.stridedSlice(whole, [0, 0, 0, 0], [height, width, i, o], [...dilations, 1, 1]);
        },
      };
    },
  };
}

/** Replaces tfjs' gradients of `conv2d` and `depthwiseConv2d`. */
export function registerConvGradients(): void {
  tf.registerGradient(gradientOf(CONV2D));
  tf.registerGradient(gradientOf(DEPTHWISE));
}
