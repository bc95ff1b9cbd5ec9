import { F32, VECTOR, madd, zero } from './simd';
import { Geometry, ceilDiv } from './geometry';

/*
 * Depthwise convolutions: kernels `[kernelHeight, kernelWidth, channels, multiplier]`. A multiplier above one is rare
 * and takes scalar loops.
 */

/** First target column whose source column `ow * stride + offset` lies inside the image. */
// @ts-ignore: decorator
@inline
function firstColumn(offset: i32, stride: i32): i32 {
  return offset >= 0 ? 0 : ceilDiv(-offset, stride);
}

/** One past the last such column. */
// @ts-ignore: decorator
@inline
function endColumn(offset: i32, stride: i32, inWidth: i32, outWidth: i32): i32 {
  const room = inWidth - 1 - offset;
  return room < 0 ? 0 : min(outWidth, room / stride + 1);
}

/** `y[p][c] += x[p][c] * w[c]` over `pixels` pixels, `xs` and `ys` bytes apart. */
function accumulate(x: usize, xs: usize, w: usize, y: usize, ys: usize, pixels: i32, channels: i32): void {
  for (; pixels > 0; pixels--) {
    let c = channels, a = x, b = w, t = y;
    for (; c >= 4; c -= 4) {
      v128.store(t, madd(v128.load(a), v128.load(b), v128.load(t)));
      a += VECTOR; b += VECTOR; t += VECTOR;
    }
    for (; c > 0; c--) {
      f32.store(t, f32.load(t) + f32.load(a) * f32.load(b));
      a += F32; b += F32; t += F32;
    }
    x += xs;
    y += ys;
  }
}

/** `w[c] += sum over pixels of x[p][c] * dy[p][c]`. */
function reduce(x: usize, xs: usize, dy: usize, ys: usize, w: usize, pixels: i32, channels: i32): void {
  let c = channels;
  for (; c >= 8; c -= 8) {
    let a = zero(), b = zero(), p = x, g = dy;
    for (let n = pixels; n > 0; n--) {
      a = madd(v128.load(p), v128.load(g), a);
      b = madd(v128.load(p, 16), v128.load(g, 16), b);
      p += xs; g += ys;
    }
    v128.store(w, f32x4.add(v128.load(w), a));
    v128.store(w, f32x4.add(v128.load(w, 16), b), 16);
    x += 2 * VECTOR; dy += 2 * VECTOR; w += 2 * VECTOR;
  }
  for (; c > 0; c--) {
    let sum: f32 = 0, p = x, g = dy;
    for (let n = pixels; n > 0; n--) {
      sum += f32.load(p) * f32.load(g);
      p += xs; g += ys;
    }
    f32.store(w, f32.load(w) + sum);
    x += F32; dy += F32; w += F32;
  }
}

/** All three passes for a multiplier above one: `a` holds `channels`, `b` and `w` `channels * multiplier`. */
function multiplied(
  a: usize, as: usize, b: usize, bs: usize, w: usize, pixels: i32, channels: i32, multiplier: i32, what: i32,
): void {
  for (; pixels > 0; pixels--) {
    for (let c = 0; c < channels; c++) {
      const p = a + <usize>c * F32;
      for (let m = 0; m < multiplier; m++) {
        const at = <usize>(c * multiplier + m) * F32;
        if (what === FORWARD) f32.store(b + at, f32.load(b + at) + f32.load(p) * f32.load(w + at));
        else if (what === INPUT) f32.store(p, f32.load(p) + f32.load(b + at) * f32.load(w + at));
        else f32.store(w + at, f32.load(w + at) + f32.load(p) * f32.load(b + at));
      }
    }
    a += as;
    b += bs;
  }
}

/** What `sweep` does with each row of pixels a tap joins. */
const FORWARD = 0, INPUT = 1, FILTER = 2;

/** Visits, per output row and tap, the run of pixels the tap joins; `a` is x or dx, `b` y or dy, `w` the kernel or its gradient. */
function sweep(g: Geometry, a: usize, b: usize, w: usize, what: i32): void {
  const pixel = <usize>g.inChannels * F32, target = <usize>g.outChannels * F32;
  const step = <usize>g.strideWidth * pixel;
  const multiplier = g.outChannels / g.inChannels;
  for (let n = 0; n < g.batch; n++) {
    for (let oh = 0; oh < g.outHeight; oh++) {
      const row = b + <usize>((n * g.outHeight + oh) * g.outWidth) * target;
      for (let i = 0; i < g.kernelHeight; i++) {
        const h = oh * g.strideHeight + i * g.dilationHeight - g.padTop;
        if (h < 0 || h >= g.inHeight) continue;
        const source = a + <usize>((n * g.inHeight + h) * g.inWidth) * pixel;
        for (let j = 0; j < g.kernelWidth; j++) {
          const offset = j * g.dilationWidth - g.padLeft;
          const first = firstColumn(offset, g.strideWidth);
          const count = endColumn(offset, g.strideWidth, g.inWidth, g.outWidth) - first;
          if (count <= 0) continue;
          const from = source + <usize>(first * g.strideWidth + offset) * pixel, to = row + <usize>first * target;
          const weight = w + <usize>(i * g.kernelWidth + j) * target;
          if (multiplier > 1) multiplied(from, step, to, target, weight, count, g.inChannels, multiplier, what);
          else if (what === FORWARD) accumulate(from, step, weight, to, pixel, count, g.inChannels);
          else if (what === INPUT) accumulate(to, pixel, weight, from, step, count, g.inChannels);
          else reduce(from, step, to, pixel, weight, count, g.inChannels);
        }
      }
    }
  }
}

export function depthwiseForward(geometry: usize, x: usize, kernel: usize, y: usize): void {
  const g = changetype<Geometry>(geometry);
  memory.fill(y, 0, <usize>(g.batch * g.outHeight * g.outWidth * g.outChannels) * F32);
  sweep(g, x, y, kernel, FORWARD);
}

export function depthwiseInputGradient(geometry: usize, dy: usize, kernel: usize, dx: usize): void {
  const g = changetype<Geometry>(geometry);
  memory.fill(dx, 0, <usize>(g.batch * g.inHeight * g.inWidth * g.inChannels) * F32);
  sweep(g, dx, dy, kernel, INPUT);
}

export function depthwiseFilterGradient(geometry: usize, x: usize, dy: usize, dw: usize): void {
  const g = changetype<Geometry>(geometry);
  memory.fill(dw, 0, <usize>(g.kernelHeight * g.kernelWidth * g.outChannels) * F32);
  sweep(g, x, dy, dw, FILTER);
}
