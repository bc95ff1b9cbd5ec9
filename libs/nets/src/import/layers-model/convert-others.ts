import { z } from 'zod';
import type { Conversion, Value } from './conversion.js';
import { configOf, fail, onlyInput, pictureOf, plain, sizeOf } from './conversion.js';
import type { KerasLayer } from './layers-model.schema.js';
import { channelsLast } from './windows.js';

const CHANNEL_AXIS = 3;

/** BatchNormalization over channels; a scale or a centre it lacks becomes ones or zeros. */
export function convertBatchNorm(net: Conversion, layer: KerasLayer, inputs: readonly Value[]): Value {
  const axis = z.union([z.literal(-1), z.literal(CHANNEL_AXIS)]);
  const schema = z.object({
    axis: z.union([axis, z.tuple([axis])]).default(-1),
    epsilon: z.number().positive(),
    center: z.boolean().default(true),
    scale: z.boolean().default(true),
  });
  const config = configOf(layer, schema);
  const input = plain(layer, onlyInput(layer, inputs));
  const [, , channels] = pictureOf(layer, input);
  const id = net.nameNode(layer.config.name);
  net.add({ id, op: 'batchNorm', input: input.id, channels, epsilon: config.epsilon, activation: 'none' });
  const constant = (value: number) => ({ shape: [channels], data: new Float32Array(channels).fill(value) });
  const take = (parameter: string) => net.take(layer, parameter, [channels]);
  net.assign(`${id}/gamma`, config.scale ? take('gamma') : constant(1));
  net.assign(`${id}/beta`, config.center ? take('beta') : constant(0));
  net.assign(`${id}/mean`, take('moving_mean'));
  net.assign(`${id}/variance`, take('moving_variance'));
  return { id, shape: input.shape, picture: false };
}

/** A sum; of more than two, one after the other. */
export function convertAdd(net: Conversion, layer: KerasLayer, inputs: readonly Value[]): Value {
  const [first, ...others] = inputs.map((input) => plain(layer, input));
  if (first === undefined || others.length === 0) return fail(layer, `adds ${inputs.length} inputs`);
  return others.reduce((sum, other) => {
    if (String(sum.shape) !== String(other.shape) || sum.picture !== other.picture) {
      fail(layer, `adds [${sum.shape}] and [${other.shape}]`);
    }
    const id = net.nameNode(layer.config.name);
    net.add({ id, op: 'add', inputs: [sum.id, other.id], activation: 'none' });
    const nonNegative = (sum.nonNegative ?? false) && (other.nonNegative ?? false);
    return { id, shape: sum.shape, picture: sum.picture, nonNegative };
  }, first);
}

export function convertFlatten(net: Conversion, layer: KerasLayer, inputs: readonly Value[]): Value {
  configOf(layer, z.object({ data_format: channelsLast }));
  return flatten(net, layer, onlyInput(layer, inputs));
}

/** Only what changes no order: flattening, and `[c]` to `[1, 1, c]` and back. */
export function convertReshape(net: Conversion, layer: KerasLayer, inputs: readonly Value[]): Value {
  const { target_shape: target } = configOf(layer, z.object({ target_shape: z.array(z.int()).min(1).max(3) }));
  const input = onlyInput(layer, inputs);
  const size = sizeOf(input);
  const known = target.filter((side) => side !== -1).reduce((product, side) => product * side, 1);
  const sides = target.map((side) => (side === -1 ? size / known : side));
  if (sides.length === 1 && sides[0] === size) return flatten(net, layer, input);
  const isFeatures = input.shape.length === 1;
  if (isFeatures && String(sides) === String([1, 1, size])) return { ...input, picture: true };
  if (!isFeatures && String(sides) === String(input.shape)) return input;
  return fail(layer, `[${input.shape}] to [${target}]`);
}

/** Layers that do nothing but while training. */
export function convertNothing(_: Conversion, layer: KerasLayer, inputs: readonly Value[]): Value {
  return onlyInput(layer, inputs);
}

function flatten(net: Conversion, layer: KerasLayer, input: Value): Value {
  if (input.shape.length === 1) return { ...input, picture: false };
  const { id: source, nonNegative = false } = plain(layer, input);
  const id = net.nameNode(layer.config.name);
  net.add({ id, op: 'flatten', input: source });
  return { id, shape: [sizeOf(input)], picture: false, nonNegative };
}
