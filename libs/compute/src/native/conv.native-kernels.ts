import * as tf from '@tensorflow/tfjs-core';
import { convAttributes, convInfo, shape4 } from '../conv/conv-info.js';
import { paddingOf, type NativePadding } from './conv-padding.js';
import { spreadFilter } from '../conv/spread-filter.js';
import { defineNativeKernel, type NativeCall, type NativeOps } from './native-ops.js';

interface ConvOps {
  readonly depthwise: boolean;
  readonly forward: string;
  readonly input: string;
  readonly filter: string;
}

/** tfjs names its kernels after TensorFlow's operations. */
const CONV2D: ConvOps = {
  depthwise: false,
  forward: tf.Conv2D,
  input: tf.Conv2DBackpropInput,
  filter: tf.Conv2DBackpropFilter,
};
const DEPTHWISE: ConvOps = {
  depthwise: true,
  forward: tf.DepthwiseConv2dNative,
  input: tf.DepthwiseConv2dNativeBackpropInput,
  filter: tf.DepthwiseConv2dNativeBackpropFilter,
};

type Info = tf.backend_util.Conv2DInfo;
type Shape4 = [number, number, number, number];

function attributes(info: Info, padding: string) {
  return {
    strides: [1, info.strideHeight, info.strideWidth, 1],
    dilations: [1, info.dilationHeight, info.dilationWidth, 1],
    data_format: 'NHWC',
    padding,
  };
}

function padded(x: tf.TensorInfo, { explicit }: NativePadding): tf.TensorInfo {
  return explicit === undefined ? x : tf.pad(x as tf.Tensor, explicit);
}

function register(ops: NativeOps, { depthwise, forward, input: inputGradient, filter: filterGradient }: ConvOps): void {
  const infoOf = ({ attrs }: NativeCall, x: readonly number[], filter: readonly number[]) =>
    convInfo(shape4(x), shape4(filter), convAttributes(attrs), depthwise);
  defineNativeKernel(ops, forward, (call) => {
    const [x, filter] = [call.input('x'), call.input('filter')];
    const info = infoOf(call, x.shape, filter.shape);
    const { dilationHeight, dilationWidth } = info;
    const padding = paddingOf(info);
    const attrs = attributes(info, padding.padding);
    const whole = padded(x, padding);
    if (!depthwise || (dilationHeight === 1 && dilationWidth === 1)) return ops.single(forward, [whole, filter], attrs);
    // TensorFlow's operation for the CPU knows no dilation; neither do its gradients, which are not asked to.
    const spread = spreadFilter(filter as tf.Tensor, [dilationHeight, dilationWidth]);
    return ops.single(forward, [whole, spread], { ...attrs, dilations: [1, 1, 1, 1] });
  });
  defineNativeKernel(ops, inputGradient, (call) => {
    const [dy, filter] = [call.input('dy'), call.input('filter')];
    const info = infoOf(call, call.attrs['inputShape'] as number[], filter.shape);
    const { padding, explicit } = paddingOf(info);
    const shape = info.inShape.map((size, i) => size + (explicit?.[i] ?? [0, 0]).reduce((sum, pad) => sum + pad));
    const dx = ops.single(
      inputGradient,
      [tf.tensor1d(shape, 'int32'), filter, dy],
      attributes(info, padding),
    ) as tf.Tensor4D;
    return explicit === undefined ? dx : tf.slice(dx, explicit.map(([before]) => before) as Shape4, info.inShape);
  });
  defineNativeKernel(ops, filterGradient, (call) => {
    const [x, dy] = [call.input('x'), call.input('dy')];
    const info = infoOf(call, x.shape, call.attrs['filterShape'] as number[]);
    const padding = paddingOf(info);
    const inputs = [padded(x, padding), tf.tensor1d(info.filterShape, 'int32'), dy];
    return ops.single(filterGradient, inputs, attributes(info, padding.padding));
  });
}

/** Convolutions and their gradients with every kind of padding. */
export function registerNativeConv(ops: NativeOps): void {
  register(ops, CONV2D);
  register(ops, DEPTHWISE);
}
