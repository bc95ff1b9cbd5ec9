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
