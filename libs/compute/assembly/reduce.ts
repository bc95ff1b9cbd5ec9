import { F32, VECTOR, zero } from './simd';

/*
 * Sums over neighbouring axes, `x[outer, count, inner]` to `y[outer, inner]`, and the way back. Rows are summed in
 * blocks, and the blocks' sums then: the error of a sum over n rows grows as that of n / BLOCK.
 */
const BLOCK = 64;

/** `y[o, i] = scale * sum over n of x[o, n, i]`. */
export function sumRows(x: usize, y: usize, outer: i32, count: i32, inner: i32, scale: f32): void {
  const row = <usize>inner * F32;
  for (; outer > 0; outer--) {
    if (inner === 1) f32.store(y, <f32>(total(x, count) * <f64>scale));
    else sumBlocks(x, y, count, inner, scale);
    x += <usize>count * row;
    y += row;
  }
}

/** Sum of `count` neighbours. */
function total(x: usize, count: i32): f64 {
  let sum: f64 = 0, n = count;
  while (n >= 4) {
    let part = zero();
    for (let left = min(n >> 2, BLOCK); left > 0; left--) {
      part = f32x4.add(part, v128.load(x));
      x += VECTOR;
      n -= 4;
    }
    sum += <f64>f32x4.extract_lane(part, 0) + <f64>f32x4.extract_lane(part, 1);
    sum += <f64>f32x4.extract_lane(part, 2) + <f64>f32x4.extract_lane(part, 3);
  }
  for (; n > 0; n--) {
    sum += <f64>f32.load(x);
    x += F32;
  }
  return sum;
}

function sumBlocks(x: usize, y: usize, count: i32, inner: i32, scale: f32): void {
  const row = <usize>inner * F32;
  memory.fill(y, 0, row);
  let first = 0;
  do {
    const rows = min(BLOCK, count - first);
    first += rows;
    const factor: f32 = first === count ? scale : 1;
    let c: usize = 0;
    for (; c + 2 * VECTOR <= row; c += 2 * VECTOR) {
      let a = zero(), b = zero(), p = x + c;
      for (let n = rows; n > 0; n--) {
        a = f32x4.add(a, v128.load(p));
        b = f32x4.add(b, v128.load(p, 16));
        p += row;
      }
      const to = y + c;
      v128.store(to, f32x4.mul(f32x4.add(v128.load(to), a), f32x4.splat(factor)));
      v128.store(to, f32x4.mul(f32x4.add(v128.load(to, 16), b), f32x4.splat(factor)), 16);
    }
    for (; c < row; c += F32) {
      let sum: f32 = 0, p = x + c;
      for (let n = rows; n > 0; n--) {
        sum += f32.load(p);
        p += row;
      }
      f32.store(y + c, (f32.load(y + c) + sum) * factor);
    }
    x += <usize>rows * row;
  } while (first < count);
}

/** `x[o, n, i] = scale * y[o, i]` for every n. */
export function spreadRows(y: usize, x: usize, outer: i32, count: i32, inner: i32, scale: f32): void {
  const row = <usize>inner * F32;
  for (; outer > 0; outer--) {
    if (inner === 1) fill(x, f32.load(y) * scale, count);
    else {
      for (let n: usize = 0; n < <usize>count; n++) scaled(y, x + n * row, inner, scale);
    }
    x += <usize>count * row;
    y += row;
  }
}

function fill(x: usize, value: f32, count: i32): void {
  const vector = f32x4.splat(value);
  for (; count >= 4; count -= 4) {
    v128.store(x, vector);
    x += VECTOR;
  }
  for (; count > 0; count--) {
    f32.store(x, value);
    x += F32;
  }
}

function scaled(y: usize, x: usize, count: i32, scale: f32): void {
  const factor = f32x4.splat(scale);
  for (; count >= 4; count -= 4) {
    v128.store(x, f32x4.mul(v128.load(y), factor));
    x += VECTOR; y += VECTOR;
  }
  for (; count > 0; count--) {
    f32.store(x, f32.load(y) * scale);
    x += F32; y += F32;
  }
}
