import { F32, VECTOR, madd, zero } from './simd';
import { activate, activateOne, passes, passesOne } from './activation';

/*
 * Training batch normalisation over `[pixels, channels]`, from Ioffe & Szegedy 2015 (arXiv 1502.03167). Sums run in
 * float32 over blocks of rows and in float64 over the blocks: a batch has up to millions of rows, and the variance
 * is a difference of sums.
 */

/** Whose statistics normalise: the batch's; the batch's mean with a variance given; both given. */
const BATCH = 0, CENTRED = 1, GIVEN = 2;

/** Rows summed in float32 before they enter the float64 totals. */
const BLOCK = 64;
const F64: usize = 8;

/** Scratch bytes of both passes: two float64 totals, then two float32 rows of coefficients. */
export function batchNormScratch(channels: i32): usize {
  return <usize>channels * (2 * F64 + 4 * F32) + 64;
}

// @ts-ignore: decorator
@inline
function addLanes(total: usize, part: v128): void {
  f64.store(total, f64.load(total) + <f64>f32x4.extract_lane(part, 0));
  f64.store(total, f64.load(total, 8) + <f64>f32x4.extract_lane(part, 1), 8);
  f64.store(total, f64.load(total, 16) + <f64>f32x4.extract_lane(part, 2), 16);
  f64.store(total, f64.load(total, 24) + <f64>f32x4.extract_lane(part, 3), 24);
}

/** Totals of `x - x[0]` and its square per channel; shifting by the first row keeps the difference of sums exact enough. */
function sumSquares(x: usize, pixels: i32, channels: i32, totals: usize): void {
  const stride = <usize>channels * F32;
  memory.fill(totals, 0, <usize>channels * 2 * F64);
  for (let row = 0; row < pixels; row += BLOCK) {
    const rows = min(BLOCK, pixels - row);
    const block = x + <usize>row * stride;
    let c = 0;
    for (; c + 4 <= channels; c += 4) {
      const shift = v128.load(x + <usize>c * F32);
      let sum = zero(), square = zero(), p = block + <usize>c * F32;
      for (let n = rows; n > 0; n--) {
        const d = f32x4.sub(v128.load(p), shift);
        sum = f32x4.add(sum, d);
        square = madd(d, d, square);
        p += stride;
      }
      addLanes(totals + <usize>c * F64, sum);
      addLanes(totals + <usize>(channels + c) * F64, square);
    }
    for (; c < channels; c++) {
      const shift = f32.load(x + <usize>c * F32);
      let p = block + <usize>c * F32, sum: f64 = 0, square: f64 = 0;
      for (let n = rows; n > 0; n--) {
        const d = <f64>f32.load(p) - <f64>shift;
        sum += d;
        square += d * d;
        p += stride;
      }
      const at = totals + <usize>c * F64, at2 = totals + <usize>(channels + c) * F64;
      f64.store(at, f64.load(at) + sum);
      f64.store(at2, f64.load(at2) + square);
    }
  }
}

/**
 * `y = activation((x - mean) * gamma / sqrt(variance + epsilon) + beta)`, and what of mean and biased variance are the
 * batch's own.
 */
export function batchNormForward(
  x: usize, gamma: usize, beta: usize, y: usize, mean: usize, variance: usize, pixels: i32, channels: i32, epsilon: f64, activation: i32, statistics: i32, scratch: usize,
): void {
  const totals = (scratch + 15) & ~15;
  const scale = totals + <usize>channels * 2 * F64, shift = scale + <usize>channels * F32;
  if (statistics !== GIVEN) {
    sumSquares(x, pixels, channels, totals);
    for (let c: usize = 0; c < <usize>channels; c++) {
      const m = f64.load(totals + c * F64) / <f64>pixels;
      const v = max<f64>(0, f64.load(totals + (channels + c) * F64) / <f64>pixels - m * m);
      f32.store(mean + c * F32, <f32>(m + <f64>f32.load(x + c * F32)));
      if (statistics === BATCH) f32.store(variance + c * F32, <f32>v);
    }
  }
  coefficients(gamma, beta, mean, variance, channels, epsilon, scale, shift);
  affine(x, scale, shift, y, pixels, channels, activation);
}

/** `scale = gamma / sqrt(variance + epsilon)`, `shift = beta - mean * scale`: the same numbers in both passes. */
function coefficients(
  gamma: usize, beta: usize, mean: usize, variance: usize, channels: i32, epsilon: f64, scale: usize, shift: usize,
): void {
  for (let c: usize = 0; c < <usize>channels; c++) {
    const at = c * F32;
    const s = <f32>(<f64>f32.load(gamma + at) / Math.sqrt(<f64>f32.load(variance + at) + epsilon));
    f32.store(scale + at, s);
    f32.store(shift + at, <f32>(<f64>f32.load(beta + at) - <f64>f32.load(mean + at) * <f64>s));
  }
}

/** `y = activation(x * scale + shift)` per channel. */
export function affine(
  x: usize, scale: usize, shift: usize, y: usize, pixels: i32, channels: i32, activation: i32,
): void {
  for (; pixels > 0; pixels--) {
    let c: usize = 0;
    for (; c + 4 <= <usize>channels; c += 4) {
      const at = c * F32;
      const value = madd(v128.load(x), v128.load(scale + at), v128.load(shift + at));
      v128.store(y, activate(value, activation));
      x += VECTOR; y += VECTOR;
    }
    for (; c < <usize>channels; c++) {
      const value = f32.load(x) * f32.load(scale + c * F32) + f32.load(shift + c * F32);
      f32.store(y, activateOne(value, activation));
      x += F32; y += F32;
    }
  }
}

/** Totals of `g` and `g * (x - mean)` per channel, `g` being `dy` where the activation of `x * scale + shift` passes. */
function sumGradients(
  x: usize, dy: usize, mean: usize, scale: usize, shift: usize, pixels: i32, channels: i32, activation: i32, totals: usize,
): void {
  const stride = <usize>channels * F32;
  memory.fill(totals, 0, <usize>channels * 2 * F64);
  for (let row = 0; row < pixels; row += BLOCK) {
    const rows = min(BLOCK, pixels - row), block = <usize>row * stride;
    let c = 0;
    for (; c + 4 <= channels; c += 4) {
      const at = <usize>c * F32;
      const m = v128.load(mean + at), s = v128.load(scale + at), t = v128.load(shift + at);
      let sum = zero(), product = zero(), p = x + block + at, q = dy + block + at;
      for (let n = rows; n > 0; n--) {
        const value = v128.load(p);
        let g = v128.load(q);
        if (activation !== 0) g = v128.and(g, passes(madd(value, s, t), activation));
        sum = f32x4.add(sum, g);
        product = madd(g, f32x4.sub(value, m), product);
        p += stride; q += stride;
      }
      addLanes(totals + <usize>c * F64, sum);
      addLanes(totals + <usize>(channels + c) * F64, product);
    }
    for (; c < channels; c++) {
      const at = <usize>c * F32;
      const m = f32.load(mean + at), s = f32.load(scale + at), t = f32.load(shift + at);
      let sum: f64 = 0, product: f64 = 0, p = x + block + at, q = dy + block + at;
      for (let n = rows; n > 0; n--) {
        const value = f32.load(p);
        if (passesOne(value * s + t, activation)) {
          sum += <f64>f32.load(q);
          product += <f64>f32.load(q) * (<f64>value - <f64>m);
        }
        p += stride; q += stride;
      }
      const first = totals + <usize>c * F64, second = totals + <usize>(channels + c) * F64;
      f64.store(first, f64.load(first) + sum);
      f64.store(second, f64.load(second) + product);
    }
  }
}

/**
 * Gradients of `batchNormForward` with respect to `x`, gamma and beta. The activation's mask is recomputed from `x`,
 * which saves reading `y`. With `r = 1 / sqrt(variance + epsilon)`:
 * `dx = gamma * r * (g - dbeta / n - (x - mean) * r * dgamma / n)`, without the last term where the variance was given.
 */
export function batchNormBackward(
  x: usize, dy: usize, gamma: usize, beta: usize, mean: usize, variance: usize, dx: usize, dgamma: usize, dbeta: usize, pixels: i32, channels: i32, epsilon: f64, activation: i32, statistics: i32, scratch: usize,
): void {
  const totals = (scratch + 15) & ~15;
  const row = <usize>channels * F32;
  const scale = totals + <usize>channels * 2 * F64, shift = scale + row, slope = shift + row, offset = slope + row;
  coefficients(gamma, beta, mean, variance, channels, epsilon, scale, shift);
  sumGradients(x, dy, mean, scale, shift, pixels, channels, activation, totals);
  for (let c: usize = 0; c < <usize>channels; c++) {
    const at = c * F32;
    const r = 1 / Math.sqrt(<f64>f32.load(variance + at) + epsilon);
    const sum = f64.load(totals + c * F64), product = f64.load(totals + (channels + c) * F64);
    const s = <f64>f32.load(scale + at), k = statistics === BATCH ? (-s * r * r * product) / <f64>pixels : 0;
    f32.store(dbeta + at, <f32>sum);
    f32.store(dgamma + at, <f32>(product * r));
    f32.store(slope + at, <f32>k);
    f32.store(offset + at, <f32>((-s * sum) / <f64>pixels - k * <f64>f32.load(mean + at)));
  }
  applyGradient(x, dy, scale, shift, slope, offset, dx, pixels, channels, activation);
}

/** `dx` of `batchNormForward` where mean and variance were given: `gamma * r * g`. */
export function batchNormGivenInputGradient(
  x: usize, dy: usize, gamma: usize, beta: usize, mean: usize, variance: usize, dx: usize, pixels: i32, channels: i32, epsilon: f64, activation: i32, scratch: usize,
): void {
  const scale = (scratch + 15) & ~15, shift = scale + <usize>channels * F32;
  coefficients(gamma, beta, mean, variance, channels, epsilon, scale, shift);
  for (; pixels > 0; pixels--) {
    let c: usize = 0;
    for (; c + 4 <= <usize>channels; c += 4) {
      const at = c * F32, s = v128.load(scale + at);
      let g = v128.load(dy);
      if (activation !== 0) g = v128.and(g, passes(madd(v128.load(x), s, v128.load(shift + at)), activation));
      v128.store(dx, f32x4.mul(g, s));
      x += VECTOR; dy += VECTOR; dx += VECTOR;
    }
    for (; c < <usize>channels; c++) {
      const at = c * F32, s = f32.load(scale + at);
      const pass = passesOne(f32.load(x) * s + f32.load(shift + at), activation);
      f32.store(dx, pass ? f32.load(dy) * s : 0);
      x += F32; dy += F32; dx += F32;
    }
  }
}

/** Gradients with respect to gamma and beta alone, where mean and variance were given. */
export function batchNormGivenParameterGradient(
  x: usize, dy: usize, gamma: usize, beta: usize, mean: usize, variance: usize, dgamma: usize, dbeta: usize, pixels: i32, channels: i32, epsilon: f64, activation: i32, scratch: usize,
): void {
  const totals = (scratch + 15) & ~15;
  const scale = totals + <usize>channels * 2 * F64, shift = scale + <usize>channels * F32;
  coefficients(gamma, beta, mean, variance, channels, epsilon, scale, shift);
  sumGradients(x, dy, mean, scale, shift, pixels, channels, activation, totals);
  for (let c: usize = 0; c < <usize>channels; c++) {
    const r = 1 / Math.sqrt(<f64>f32.load(variance + c * F32) + epsilon);
    f32.store(dbeta + c * F32, <f32>f64.load(totals + c * F64));
    f32.store(dgamma + c * F32, <f32>(f64.load(totals + (channels + c) * F64) * r));
  }
}

/** `dx = scale * g + slope * x + offset` per channel. */
function applyGradient(
  x: usize, dy: usize, scale: usize, shift: usize, slope: usize, offset: usize, dx: usize, pixels: i32, channels: i32, activation: i32,
): void {
  for (; pixels > 0; pixels--) {
    let c: usize = 0;
    for (; c + 4 <= <usize>channels; c += 4) {
      const at = c * F32;
      const value = v128.load(x), s = v128.load(scale + at);
      let g = v128.load(dy);
      if (activation !== 0) g = v128.and(g, passes(madd(value, s, v128.load(shift + at)), activation));
      v128.store(dx, madd(g, s, madd(value, v128.load(slope + at), v128.load(offset + at))));
      x += VECTOR; dy += VECTOR; dx += VECTOR;
    }
    for (; c < <usize>channels; c++) {
      const at = c * F32;
      const value = f32.load(x), s = f32.load(scale + at);
      const g: f32 = passesOne(value * s + f32.load(shift + at), activation) ? f32.load(dy) : 0;
      f32.store(dx, g * s + (value * f32.load(slope + at) + f32.load(offset + at)));
      x += F32; dy += F32; dx += F32;
    }
  }
}
