import type { Padding } from './graph.types.js';

/** The explicit padding of tfjs, which also names the batch and channel axes. */
export function toTfPadding(padding: Padding): [[0, 0], [number, number], [number, number], [0, 0]] {
  const [[top, bottom], [left, right]] = padding;
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}

export function isUnpadded(padding: Padding): boolean {
  return padding.flat().every((pixels) => pixels === 0);
}

/** A window that slides along one axis. */
export interface AxisWindow {
  /** Pixels of the input. */
  readonly side: number;
  readonly size: number;
  readonly stride: number;
  /** Distance of the window's taps, 1 unless given. */
  readonly dilation?: number;
}

/**
 * TensorFlow's "same" padding of one axis, `[before, after]`: as much as `⌈side / stride⌉` positions need, the odd
 * pixel after. So it depends on the input's size, unlike PyTorch's.
 */
export function samePadding({ side, size, stride, dilation = 1 }: AxisWindow): readonly [number, number] {
  const reach = (size - 1) * dilation + 1;
  const total = Math.max((Math.ceil(side / stride) - 1) * stride + reach - side, 0);
  const before = Math.floor(total / 2);
  return [before, total - before];
}
