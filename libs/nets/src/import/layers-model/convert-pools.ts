import { z } from 'zod';
import type { Padding } from '../../graph/graph.types.js';
import type { Conversion, Value } from './conversion.js';
import { configOf, fail, onlyInput, pictureOf, plain } from './conversion.js';
import type { KerasLayer } from './layers-model.schema.js';
import { channelsLast, pair, paddingMode, slide } from './windows.js';

const pool = z
  .object({ pool_size: pair, strides: pair.nullish(), padding: paddingMode, data_format: channelsLast })
  .transform((config) => ({ ...config, strides: config.strides ?? config.pool_size }));

export function convertMaxPool(net: Conversion, layer: KerasLayer, inputs: readonly Value[]): Value {
  const input = onlyInput(layer, inputs);
  // Zeros laid round may win over negative numbers, the window's own padding never does.
  if (input.padding !== undefined && !input.nonNegative) fail(layer, 'maximum of padding and what may be negative');
  const { pool_size: size, strides, padding: mode } = configOf(layer, pool);
  const [, , channels] = pictureOf(layer, input);
  const { padding, height, width } = slide(layer, input, { size, strides, padding: mode });
  const id = net.nameNode(layer.config.name);
  net.add({ id, op: 'maxPool', input: input.id, poolSize: size, strides, padding });
  const { nonNegative = false } = input;
  return { id, shape: [height, width, channels], picture: false, nonNegative };
}

/** Windows; one that is the whole picture is the same as global pooling. */
export function convertAveragePool(net: Conversion, layer: KerasLayer, inputs: readonly Value[]): Value {
  const input = onlyInput(layer, inputs);
  const { pool_size: size, strides, padding: mode } = configOf(layer, pool);
  const [rows, columns, channels] = pictureOf(layer, input);
  if (input.padding === undefined && mode === 'valid' && size[0] === rows && size[1] === columns) {
    return poolGlobally(net, layer, { input, picture: true });
  }
  // "same" leaves its padding out of the mean, zeros laid round before count: a node does one or the other.
  if (input.padding !== undefined && mode === 'same') fail(layer, 'mean over two kinds of padding');
  const { padding, height, width } = slide(layer, input, { size, strides, padding: mode });
  const id = net.nameNode(layer.config.name);
  const countPadding = input.padding !== undefined;
  net.add({ id, op: 'averagePool', input: input.id, poolSize: size, strides, padding, countPadding });
  const { nonNegative = false } = input;
  return { id, shape: [height, width, channels], picture: false, nonNegative };
}

export function convertGlobalAveragePool(net: Conversion, layer: KerasLayer, inputs: readonly Value[]): Value {
  const config = configOf(layer, z.object({ data_format: channelsLast, keepdims: z.boolean().nullish() }));
  const input = plain(layer, onlyInput(layer, inputs));
  const picture = config.keepdims ?? false;
  // The mean of one pixel.
  if (input.picture) return { ...input, picture };
  return poolGlobally(net, layer, { input, picture });
}

/** Laid aside until a convolution or a window takes it over: graphs know no padding by itself. */
export function convertZeroPadding(_: Conversion, layer: KerasLayer, inputs: readonly Value[]): Value {
  const side = z.tuple([z.int().min(0), z.int().min(0)]);
  const { padding } = configOf(layer, z.object({ padding: z.tuple([side, side]), data_format: channelsLast }));
  const input = onlyInput(layer, inputs);
  pictureOf(layer, input);
  const along = (axis: 0 | 1): readonly [number, number] => {
    const [before, after] = input.padding?.[axis] ?? [0, 0];
    return [before + padding[axis][0], after + padding[axis][1]];
  };
  const sum: Padding = [along(0), along(1)];
  return sum.flat().some((pixels) => pixels > 0) ? { ...input, padding: sum } : input;
}

interface GlobalPool {
  readonly input: Value;
  /** Whether Keras keeps `[1, 1, c]`. */
  readonly picture: boolean;
}

function poolGlobally(net: Conversion, layer: KerasLayer, { input, picture }: GlobalPool): Value {
  const [, , channels] = pictureOf(layer, plain(layer, input));
  const id = net.nameNode(layer.config.name);
  net.add({ id, op: 'globalAveragePool', input: input.id });
  return { id, shape: [channels], picture, nonNegative: input.nonNegative ?? false };
}
