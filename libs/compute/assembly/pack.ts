import { F32, PANEL, VECTOR, copyFloats, lanes, zero } from './simd';
import { ceilDiv } from './geometry';

/** Bytes of a matrix of `rows` by `columns` packed into panels of eight columns. */
// @ts-ignore: decorator
@inline
export function panelBytes(rows: i32, columns: i32): usize {
  return <usize>ceilDiv(columns, 8) * <usize>rows * PANEL;
}

/** `[rows, columns]` to panels `[columns / 8][rows][8]`, missing columns zero. A kernel's rows are `(tap, input channel)`. */
export function packColumns(source: usize, rows: i32, columns: i32, target: usize): void {
  const stride = <usize>columns * F32;
  for (let column = 0; column < columns; column += 8) {
    let from = source + <usize>column * F32;
    if (column + 8 <= columns) {
      for (let row = 0; row < rows; row++) {
        v128.store(target, v128.load(from));
        v128.store(target, v128.load(from, 16), 16);
        from += stride;
        target += PANEL;
      }
    } else {
      for (let row = 0; row < rows; row++) {
        copyPadded(target, from, columns - column, 8);
        from += stride;
        target += PANEL;
      }
    }
  }
}

/**
 * A kernel `[taps, inChannels, outChannels]` to panels over its input channels
 * `[inChannels / 8][taps][outChannels][8]`, missing channels zero: what multiplies the output's gradient.
 */
export function packTransposed(source: usize, taps: i32, inChannels: i32, outChannels: i32, target: usize): void {
  const stride = <usize>outChannels * F32;
  for (let channel = 0; channel < inChannels; channel += 8) {
    const valid = min(8, inChannels - channel);
    for (let tap = 0; tap < taps; tap++) {
      const from = source + (<usize>tap * inChannels + channel) * stride;
      let out = 0;
      if (valid === 8) {
        for (; out + 4 <= outChannels; out += 4) {
          const at = from + <usize>out * F32;
          transpose4(at, stride, target);
          transpose4(at + 4 * stride, stride, target + VECTOR);
          target += 4 * PANEL;
        }
      }
      for (; out < outChannels; out++) {
        v128.store(target, zero());
        v128.store(target, zero(), 16);
        for (let c: usize = 0; c < <usize>valid; c++) {
          f32.store(target + c * F32, f32.load(from + c * stride + <usize>out * F32));
        }
        target += PANEL;
      }
    }
  }
}

/** Four rows of four numbers, `stride` bytes apart, to four columns `PANEL` bytes apart. */
// @ts-ignore: decorator
@inline
function transpose4(source: usize, stride: usize, target: usize): void {
  const a = v128.load(source), b = v128.load(source + stride);
  const c = v128.load(source + 2 * stride), d = v128.load(source + 3 * stride);
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5), cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const ef = v128.shuffle<f32>(a, b, 2, 6, 3, 7), gh = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(target, v128.shuffle<f64>(ab, cd, 0, 2));
  v128.store(target, v128.shuffle<f64>(ab, cd, 1, 3), PANEL);
  v128.store(target, v128.shuffle<f64>(ef, gh, 0, 2), 2 * PANEL);
  v128.store(target, v128.shuffle<f64>(ef, gh, 1, 3), 3 * PANEL);
}

/** Copies `valid` numbers and fills up to `width` (4 or 8) with zeros. */
function copyPadded(target: usize, source: usize, valid: i32, width: i32): void {
  v128.store(target, zero());
  if (width > 4) v128.store(target, zero(), 16);
  for (let c: usize = 0; c < <usize>valid; c++) f32.store(target + c * F32, f32.load(source + c * F32));
}

/** `[batch, positions, channels]` to `[positions, batch, channels]`: one position's pixels become neighbours. */
export function toPositions(source: usize, batch: i32, positions: i32, channels: i32, target: usize): void {
  const bytes = <usize>channels * F32;
  const image = <usize>positions * bytes;
  for (let position = 0; position < positions; position++) {
    let from = source + <usize>position * bytes;
    for (let n = 0; n < batch; n++) {
      copyFloats(target, from, channels);
      from += image;
      target += bytes;
    }
  }
}

/**
 * `[batch, positions, channels]` to panels of `width` (4 or 8) channels `[channels / width][positions][batch][width]`,
 * missing channels zero. Images go four at a time so that whole cache lines are written.
 *
 * @param gap bytes left free behind each panel
 */
export function toPanels(
  source: usize, batch: i32, positions: i32, channels: i32, width: i32, target: usize, gap: usize,
): void {
  const pixel = <usize>channels * F32, cell = <usize>width * F32;
  const image = <usize>positions * pixel, panel = <usize>positions * batch * cell + gap;
  for (let first = 0; first < batch; first += 4) {
    const last = min(first + 4, batch);
    for (let position = 0; position < positions; position++) {
      let to = target + (<usize>position * batch + first) * cell;
      for (let channel = 0; channel < channels; channel += width) {
        let from = source + <usize>first * image + <usize>position * pixel + <usize>channel * F32;
        let at = to;
        const valid = channels - channel;
        for (let n = first; n < last; n++) {
          if (valid < width) copyPadded(at, from, valid, width);
          else {
            v128.store(at, v128.load(from));
            if (width > 4) v128.store(at, v128.load(from, 16), 16);
          }
          from += image;
          at += cell;
        }
        to += panel;
      }
    }
  }
}

/** One image `[height, width, channels]` into the middle of a zero-padded one. */
export function padImage(
  source: usize, height: i32, width: i32, channels: i32, top: i32, left: i32, paddedHeight: i32, paddedWidth: i32, target: usize,
): void {
  memory.fill(target, 0, <usize>paddedHeight * paddedWidth * channels * F32);
  const row = <usize>width * channels * F32, paddedRow = <usize>paddedWidth * channels * F32;
  const rows = min(height, paddedHeight - top), used = min(width, paddedWidth - left) * channels;
  let to = target + <usize>top * paddedRow + <usize>left * channels * F32;
  for (let h = 0; h < rows; h++) {
    copyFloats(to, source, used);
    to += paddedRow;
    source += row;
  }
}

/** `[rows, columns]` to `[columns, rows]`. */
export function transpose(source: usize, rows: i32, columns: i32, target: usize): void {
  for (let column = 0; column < columns; column++) {
    let from = source + <usize>column * F32;
    let row = 0;
    const stride = <usize>columns * F32;
    for (; row + 4 <= rows; row += 4) {
      v128.store(
        target,
        lanes(f32.load(from), f32.load(from + stride), f32.load(from + 2 * stride), f32.load(from + 3 * stride)),
      );
      from += 4 * stride;
      target += VECTOR;
    }
    for (; row < rows; row++) {
      f32.store(target, f32.load(from));
      from += stride;
      target += F32;
    }
  }
}
