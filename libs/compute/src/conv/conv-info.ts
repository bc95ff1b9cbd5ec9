import * as tf from '@tensorflow/tfjs-core';

type Shape4 = [number, number, number, number];
type Pair = [number, number];

/** Attributes of tfjs' convolution kernels and their gradients; `dilations` is ours where tfjs leaves it out. */
interface ConvAttributes {
  readonly strides: Pair | number;
  readonly pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly dilations?: Pair | number;
  readonly dimRoundingMode?: 'floor' | 'round' | 'ceil';
}

/** Shape arithmetic of a convolution from its attributes. `x` is `[n, h, w, c]`, `filter` `[kh, kw, i, o]`. */
export function convInfo(
  x: Shape4,
  filter: Shape4,
  attrs: ConvAttributes,
  depthwise: boolean,
): tf.backend_util.Conv2DInfo {
  if (attrs.dataFormat === 'NCHW') throw new Error('convolutions take NHWC tensors only');
  return tf.backend_util.computeConv2DInfo(
    x,
    filter,
    attrs.strides,
    attrs.dilations ?? 1,
    attrs.pad,
    attrs.dimRoundingMode,
    depthwise,
  );
}

export function shape4(shape: readonly number[]): Shape4 {
  return shape as unknown as Shape4;
}

export function convAttributes(attrs: tf.NamedAttrMap): ConvAttributes {
  return attrs as unknown as ConvAttributes;
}
