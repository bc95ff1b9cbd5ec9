import { F32, VECTOR, madd, zero } from './simd';
import { align } from './geometry';
import { transpose } from './pack';

/*
 * Low-rank modulation of a frozen kernel `w[taps, inChannels, outChannels]`: `w * (1 + A B)` with `a[outChannels, rank]`
 * and `b[rank, inChannels]`, broadcast over the taps. A is transposed once so that every loop runs over neighbouring
 * output channels.
 */

/** Scratch bytes of both passes: A transposed, its gradient transposed, and the factors or one row of them. */
export function modulateScratch(inChannels: i32, outChannels: i32, rank: i32): usize {
  return 2 * align(<usize>(outChannels * rank) * F32) + align(<usize>(inChannels * outChannels) * F32);
}

/** Bytes of factors that are used for all taps before the next are computed: they stay in the first-level cache. */
const FACTOR_BYTES: usize = 8192;

/** `row[o] = 1 + sum over r of columns[r, o] * b[r]`, where neighbours in `b` are `step` bytes apart. */
// @ts-ignore: decorator
@inline
function factorRow(columns: usize, rowBytes: usize, b: usize, step: usize, rank: i32, row: usize, count: i32): void {
  let n = count;
  // Four sums at a time hide each other's latency.
  for (; n >= 16; n -= 16) {
    let s0 = f32x4.splat(1), s1 = s0, s2 = s0, s3 = s0, column = columns, weight = b;
    for (let r = rank; r > 0; r--) {
      const w = v128.load32_splat(weight);
      s0 = madd(v128.load(column), w, s0); s1 = madd(v128.load(column, 16), w, s1);
      s2 = madd(v128.load(column, 32), w, s2); s3 = madd(v128.load(column, 48), w, s3);
      column += rowBytes; weight += step;
    }
    v128.store(row, s0); v128.store(row, s1, 16); v128.store(row, s2, 32); v128.store(row, s3, 48);
    columns += 4 * VECTOR; row += 4 * VECTOR;
  }
  for (; n >= 4; n -= 4) {
    let sum = f32x4.splat(1), column = columns, weight = b;
    for (let r = rank; r > 0; r--) {
      sum = madd(v128.load(column), v128.load32_splat(weight), sum);
      column += rowBytes; weight += step;
    }
    v128.store(row, sum);
    columns += VECTOR; row += VECTOR;
  }
  for (; n > 0; n--) {
    let sum: f32 = 1, column = columns, weight = b;
    for (let r = rank; r > 0; r--) {
      sum += f32.load(column) * f32.load(weight);
      column += rowBytes; weight += step;
    }
    f32.store(row, sum);
    columns += F32; row += F32;
  }
}

/** `target[i] = source[i] + factor * row[i]`. */
// @ts-ignore: decorator
@inline
function addScaled(target: usize, row: usize, factor: f32, count: i32): void {
  const f = f32x4.splat(factor);
  let n = count;
  for (; n >= 4; n -= 4) {
    v128.store(target, madd(v128.load(row), f, v128.load(target)));
    target += VECTOR; row += VECTOR;
  }
  for (; n > 0; n--) {
    f32.store(target, f32.load(target) + f32.load(row) * factor);
    target += F32; row += F32;
  }
}

/** Sum of `x[i] * y[i]`. */
// @ts-ignore: decorator
@inline
function dot(x: usize, y: usize, count: i32): f32 {
  let sum = zero(), n = count;
  for (; n >= 4; n -= 4) {
    sum = madd(v128.load(x), v128.load(y), sum);
    x += VECTOR; y += VECTOR;
  }
  let total = f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1) + f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3);
  for (; n > 0; n--) {
    total += f32.load(x) * f32.load(y);
    x += F32; y += F32;
  }
  return total;
}

/** `target[i] = x[i] * y[i]`, added to the target when `add`. */
// @ts-ignore: decorator
@inline
function multiply(x: usize, y: usize, target: usize, count: i32, add: bool): void {
  let n = count;
  if (!add) {
    for (; n >= 16; n -= 16) {
      v128.store(target, f32x4.mul(v128.load(x), v128.load(y)));
      v128.store(target, f32x4.mul(v128.load(x, 16), v128.load(y, 16)), 16);
      v128.store(target, f32x4.mul(v128.load(x, 32), v128.load(y, 32)), 32);
      v128.store(target, f32x4.mul(v128.load(x, 48), v128.load(y, 48)), 48);
      x += 4 * VECTOR; y += 4 * VECTOR; target += 4 * VECTOR;
    }
  }
  for (; n >= 4; n -= 4) {
    const product = f32x4.mul(v128.load(x), v128.load(y));
    v128.store(target, add ? f32x4.add(v128.load(target), product) : product);
    x += VECTOR; y += VECTOR; target += VECTOR;
  }
  for (; n > 0; n--) {
    const product = f32.load(x) * f32.load(y);
    f32.store(target, add ? f32.load(target) + product : product);
    x += F32; y += F32; target += F32;
  }
}

/** A few input channels at a time, for which every tap is one run of kernel and target. */
export function modulateForward(
  w: usize, a: usize, b: usize, target: usize, taps: i32, inChannels: i32, outChannels: i32, rank: i32, scratch: usize,
): void {
  const rowBytes = <usize>outChannels * F32;
  const columns = scratch, factors = scratch + align(rowBytes * rank);
  transpose(a, outChannels, rank, columns);
  const block = max(1, <i32>(FACTOR_BYTES / rowBytes));
  const tapBytes = rowBytes * inChannels, step = <usize>inChannels * F32;
  for (let first = 0; first < inChannels; first += block) {
    const rows = min(block, inChannels - first);
    let row = factors, weight = b + <usize>first * F32;
    for (let i = rows; i > 0; i--) {
      factorRow(columns, rowBytes, weight, step, rank, row, outChannels);
      row += rowBytes; weight += F32;
    }
    let at = <usize>first * rowBytes;
    for (let tap = taps; tap > 0; tap--) {
      multiply(w + at, factors, target + at, rows * outChannels, false);
      at += tapBytes;
    }
  }
}

/** Gradients with respect to A and B only; the kernel is frozen. */
export function modulateBackward(
  w: usize, dy: usize, a: usize, b: usize, da: usize, db: usize, taps: i32, inChannels: i32, outChannels: i32, rank: i32, scratch: usize,
): void {
  const rowBytes = <usize>outChannels * F32;
  const size = align(rowBytes * rank);
  const columns = scratch, gradients = columns + size, row = gradients + size;
  transpose(a, outChannels, rank, columns);
  memory.fill(gradients, 0, rowBytes * rank);
  const tapBytes = rowBytes * inChannels;
  for (let i: usize = 0; i < <usize>inChannels; i++) {
    for (let tap: usize = 0; tap < <usize>taps; tap++) {
      const at = tap * tapBytes + i * rowBytes;
      multiply(w + at, dy + at, row, outChannels, tap > 0);
    }
    for (let r: usize = 0; r < <usize>rank; r++) {
      const at = (r * inChannels + i) * F32;
      f32.store(db + at, dot(row, columns + r * rowBytes, outChannels));
      addScaled(gradients + r * rowBytes, row, f32.load(b + at), outChannels);
    }
  }
  transpose(gradients, rank, outChannels, da);
}
