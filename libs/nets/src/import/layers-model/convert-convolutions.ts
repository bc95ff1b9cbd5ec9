import { elementCount } from '@kernelcast/artifact';
import { z } from 'zod';
import type { Conv2dNode, Dilations } from '../../graph/graph.types.js';
import { activateValue, activationName } from './convert-activations.js';
import type { Conversion, Value } from './conversion.js';
import { configOf, fail, onlyInput, pictureOf } from './conversion.js';
import { convertDenseOn } from './convert-dense.js';
import type { KerasLayer } from './layers-model.schema.js';
import { channelsLast, pair, paddingMode, slide } from './windows.js';

const convolution = {
  kernel_size: pair,
  strides: pair.default([1, 1]),
  padding: paddingMode,
  data_format: channelsLast,
  dilation_rate: pair.default([1, 1]),
  use_bias: z.boolean(),
  activation: activationName.default('linear'),
};
const conv2d = z.object({ ...convolution, filters: z.int().min(1), groups: z.int().min(1).default(1) });
const depthwise = z.object({ ...convolution, depth_multiplier: z.int().min(1).default(1) });
const separable = z.object({ ...convolution, depth_multiplier: z.int().min(1).optional(), filters: z.int().min(1) });

/** Conv2D, grouped or dilated; on pooled features a 1x1 kernel is a dense layer. */
export function convertConv2d(net: Conversion, layer: KerasLayer, inputs: readonly Value[]): Value {
  const config = configOf(layer, conv2d);
  const input = onlyInput(layer, inputs);
  if (input.picture) {
    const single = [...config.kernel_size, ...config.strides, config.groups].every((size) => size === 1);
    if (!single || input.padding !== undefined) fail(layer, 'only a plain 1x1 kernel may follow global pooling');
    return convertDenseOn(net, layer, { input, config: { ...config, units: config.filters }, axes: [1, 1] });
  }
  const [, , channels] = pictureOf(layer, input);
  const { filters, groups, kernel_size: size } = config;
  if (channels % groups !== 0) fail(layer, `${groups} groups of ${channels} channels`);
  const slid = slide(layer, input, { ...config, size, dilations: config.dilation_rate });
  const id = net.nameNode(layer.config.name);
  net.add({
    ...{ id, op: 'conv2d', input: input.id, kernelSize: size, inChannels: channels, filters, groups },
    ...geometry(slid, config),
  } as Conv2dNode);
  net.assign(`${id}/kernel`, net.take(layer, 'kernel', [...size, channels / groups, filters]));
  takeBias(net, layer, { id, useBias: config.use_bias, outputs: filters });
  return activateValue(net, layer, [
    { id, shape: [slid.height, slid.width, filters], picture: false },
    config.activation,
  ]);
}

export function convertDepthwise(net: Conversion, layer: KerasLayer, inputs: readonly Value[]): Value {
  const config = configOf(layer, depthwise);
  const value = addDepthwise(net, layer, { input: onlyInput(layer, inputs), config, suffix: '' });
  takeBias(net, layer, { id: value.id, useBias: config.use_bias, outputs: value.shape.at(-1) ?? 0 });
  return activateValue(net, layer, [value, config.activation]);
}

/** SeparableConv2D: a depthwise node without bias and a 1x1 convolution with what the layer has of it. */
export function convertSeparable(net: Conversion, layer: KerasLayer, inputs: readonly Value[]): Value {
  const config = configOf(layer, separable);
  // tfjs saves no multiplier; the kernel shows it.
  const multiplier = config.depth_multiplier ?? net.shapeOf(layer, 'depthwise_kernel')[3] ?? 1;
  const first = { ...config, depth_multiplier: multiplier, use_bias: false };
  const middle = addDepthwise(net, layer, { input: onlyInput(layer, inputs), config: first, suffix: '.depthwise' });
  const [height, width, channels] = pictureOf(layer, middle);
  const { filters, use_bias: useBias } = config;
  const id = net.nameNode(`${layer.config.name}.pointwise`);
  net.add({
    ...{ id, op: 'conv2d', input: middle.id, kernelSize: [1, 1], inChannels: channels, filters, groups: 1 },
    ...{ strides: [1, 1], padding: UNPADDED, useBias },
  } as Conv2dNode);
  net.assign(`${id}/kernel`, net.take(layer, 'pointwise_kernel', [1, 1, channels, filters]));
  takeBias(net, layer, { id, useBias, outputs: filters });
  return activateValue(net, layer, [{ id, shape: [height, width, filters], picture: false }, config.activation]);
}

const UNPADDED = [
  [0, 0],
  [0, 0],
] as const;

interface DepthwiseStep {
  readonly input: Value;
  readonly config: z.infer<typeof depthwise>;
  /** Of the node's id, where the layer becomes several. */
  readonly suffix: string;
}

function addDepthwise(net: Conversion, layer: KerasLayer, { input, config, suffix }: DepthwiseStep): Value {
  const [, , channels] = pictureOf(layer, input);
  const { depth_multiplier: multiplier, kernel_size: size } = config;
  const slid = slide(layer, input, { ...config, size, dilations: config.dilation_rate });
  const id = net.nameNode(`${layer.config.name}${suffix}`);
  const node = {
    id,
    op: 'depthwiseConv2d',
    input: input.id,
    kernelSize: size,
    inChannels: channels,
    multiplier,
  } as const;
  net.add({ ...node, ...geometry(slid, config) });
  net.assign(`${id}/kernel`, net.take(layer, 'depthwise_kernel', [...size, channels, multiplier]));
  return { id, shape: [slid.height, slid.width, channels * multiplier], picture: false };
}

/** What convolutions of both kinds have in common; dilations only where there are any. */
function geometry(
  { padding }: ReturnType<typeof slide>,
  config: { strides: readonly [number, number]; dilation_rate: Dilations; use_bias: boolean },
) {
  const { strides, dilation_rate: dilations, use_bias: useBias } = config;
  return { strides, padding, useBias, ...(elementCount(dilations) > 1 ? { dilations } : {}) };
}

interface BiasOf {
  readonly id: string;
  readonly useBias: boolean;
  readonly outputs: number;
}

function takeBias(net: Conversion, layer: KerasLayer, { id, useBias, outputs }: BiasOf): void {
  if (useBias) net.assign(`${id}/bias`, net.take(layer, 'bias', [outputs]));
}
