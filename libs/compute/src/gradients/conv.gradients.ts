import * as tf from '@tensorflow/tfjs-core';
import { convAttributes, convInfo, shape4 } from '../conv/conv-info.js';
import { spreadFilter } from '../conv/spread-filter.js';
import { WASM } from '../wasm/define-kernel.js';

const CPU = 'cpu';

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

/**
 * The kernel's gradient as a convolution of `x` with `dy`, images and channels exchanged, stride and dilation
 * exchanged: tfjs' own kernel for it on the cpu backend is a hundred times slower than its convolution.
 */
function filterGradientByConvolution(x: tf.Tensor, dy: tf.Tensor, filter: number[], attrs: tf.NamedAttrMap): tf.Tensor {
  const info = convInfo(shape4(x.shape), shape4(filter), convAttributes(attrs), false);
  const [kh, kw, i, o] = shape4(filter);
  const { top, left } = info.padInfo;
  const height = (info.outHeight - 1) * info.strideHeight + (kh - 1) * info.dilationHeight + 1;
  const width = (info.outWidth - 1) * info.strideWidth + (kw - 1) * info.dilationWidth + 1;
  const pad = [
    [0, 0],
    [top, Math.max(0, height - info.inHeight - top)],
    [left, Math.max(0, width - info.inWidth - left)],
    [0, 0],
  ];
  const whole = run(
    tf.Conv2D,
    { x: tf.transpose(x, [3, 1, 2, 0]), filter: tf.transpose(dy, [1, 2, 0, 3]) },
    {
      pad,
      strides: [info.dilationHeight, info.dilationWidth],
      dilations: [info.strideHeight, info.strideWidth],
      dataFormat: 'NHWC',
    },
  );
  return tf.transpose(tf.slice(whole, [0, 0, 0, 0], [i, kh, kw, o]), [1, 2, 0, 3]);
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
          const kernel = dilated ? spreadFilter(filter, dilations) : filter;
          return run(kernels.input, { dy, filter: kernel }, { ...common, inputShape: x.shape });
        },
        filter: () => {
          if (tf.getBackend() === CPU && kernels === CONV2D)
            return filterGradientByConvolution(x, dy, filter.shape, attrs);
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
