import { z } from 'zod';
import type { Dilations, Padding } from '../../graph/graph.types.js';
import { samePadding } from '../../graph/padding.js';
import { fail, pictureOf } from './conversion.js';
import type { Value } from './conversion.js';
import type { KerasLayer } from './layers-model.schema.js';

const LARGEST = 1 << 14;
export const pair = z.tuple([z.int().min(1).max(LARGEST), z.int().min(1).max(LARGEST)]);
export const paddingMode = z.enum(['valid', 'same']);
/** Graphs are NHWC. */
export const channelsLast = z.literal('channels_last').nullish();

interface Window {
  readonly size: readonly [number, number];
  readonly strides: readonly [number, number];
  readonly padding: z.infer<typeof paddingMode>;
  readonly dilations?: Dilations;
}

/**
 * Where a window goes on a picture: explicit padding, what was laid round the picture before included, and the size
 * of its output `[height, width]`.
 */
export function slide(layer: KerasLayer, input: Value, window: Window) {
  const [height, width] = pictureOf(layer, input);
  const { size, strides, padding: mode, dilations = [1, 1] } = window;
  const along = (axis: 0 | 1, pixels: number) => {
    const [before, after] = input.padding?.[axis] ?? [0, 0];
    const side = pixels + before + after;
    const step = { side, size: size[axis], stride: strides[axis], dilation: dilations[axis] };
    const [first, last] = mode === 'same' ? samePadding(step) : [0, 0];
    const reach = (step.size - 1) * step.dilation + 1;
    const positions = Math.floor((side + first + last - reach) / step.stride) + 1;
    if (positions < 1) fail(layer, `window of ${reach} pixels on a side of ${side}`);
    return { padding: [before + first, after + last] as const, positions };
  };
  const [vertical, horizontal] = [along(0, height), along(1, width)];
  const padding: Padding = [vertical.padding, horizontal.padding];
  return { padding, height: vertical.positions, width: horizontal.positions };
}
