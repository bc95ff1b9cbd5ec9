import { F32, VECTOR, zero } from './simd';
import { Geometry } from './geometry';

/*
 * Pooling over windows of `kernelHeight` by `kernelWidth` pixels, cut off at the image's edge: what lies outside is
 * never the maximum and does not count in a mean.
 */

/** Clips one axis of the window that starts at `start`: the first index inside the image. */
// @ts-ignore: decorator
@inline
function clipFirst(start: i32): i32 {
  return max(0, start);
}

/** One past the last index inside the image. */
// @ts-ignore: decorator
@inline
function clipEnd(start: i32, extent: i32, size: i32): i32 {
  return min(size, start + extent);
}

/** `y`, the largest value of every window. NaN is passed over, as tfjs' cpu backend does. */
export function maxPoolForward(geometry: usize, x: usize, y: usize): void {
  const g = changetype<Geometry>(geometry);
  const pixel = <usize>g.inChannels * F32, row = <usize>g.inWidth * pixel;
  for (let n = 0; n < g.batch; n++) {
    const image = x + <usize>(n * g.inHeight) * row;
    for (let oh = 0; oh < g.outHeight; oh++) {
      const top = oh * g.strideHeight - g.padTop;
      const h0 = clipFirst(top), h1 = clipEnd(top, g.kernelHeight, g.inHeight);
      for (let ow = 0; ow < g.outWidth; ow++) {
        const left = ow * g.strideWidth - g.padLeft;
        const w0 = clipFirst(left), w1 = clipEnd(left, g.kernelWidth, g.inWidth);
        largest(image + <usize>h0 * row + <usize>w0 * pixel, h1 - h0, w1 - w0, row, pixel, g.inChannels, y);
        y += pixel;
      }
    }
  }
}

function largest(x: usize, height: i32, width: i32, row: usize, pixel: usize, channels: i32, y: usize): void {
  let c = channels;
  for (; c >= 4; c -= 4) {
    let best = f32x4.splat(-Infinity), line = x;
    for (let h = height; h > 0; h--) {
      let at = line;
      for (let w = width; w > 0; w--) {
        best = f32x4.pmax(best, v128.load(at));
        at += pixel;
      }
      line += row;
    }
    v128.store(y, best);
    x += VECTOR; y += VECTOR;
  }
  for (; c > 0; c--) {
    let best: f32 = -Infinity, line = x;
    for (let h = height; h > 0; h--) {
      let at = line;
      for (let w = width; w > 0; w--) {
        const value = f32.load(at);
        if (value > best) best = value;
        at += pixel;
      }
      line += row;
    }
    f32.store(y, best);
    x += F32; y += F32;
  }
}

/** `dx` of `maxPoolForward`: each window's `dy` goes to its first largest value, row by row. */
export function maxPoolGradient(geometry: usize, x: usize, dy: usize, dx: usize): void {
  const g = changetype<Geometry>(geometry);
  const pixel = <usize>g.inChannels * F32, row = <usize>g.inWidth * pixel;
  memory.fill(dx, 0, <usize>(g.batch * g.inHeight) * row);
  for (let n = 0; n < g.batch; n++) {
    const image = <usize>(n * g.inHeight) * row;
    for (let oh = 0; oh < g.outHeight; oh++) {
      const top = oh * g.strideHeight - g.padTop;
      const h0 = clipFirst(top), h1 = clipEnd(top, g.kernelHeight, g.inHeight);
      for (let ow = 0; ow < g.outWidth; ow++) {
        const left = ow * g.strideWidth - g.padLeft;
        const w0 = clipFirst(left), w1 = clipEnd(left, g.kernelWidth, g.inWidth);
        const at = image + <usize>h0 * row + <usize>w0 * pixel;
        toLargest(x + at, dx + at, h1 - h0, w1 - w0, row, pixel, g.inChannels, dy);
        dy += pixel;
      }
    }
  }
}

function toLargest(
  x: usize, dx: usize, height: i32, width: i32, row: usize, pixel: usize, channels: i32, dy: usize,
): void {
  let c = channels;
  for (; c >= 4; c -= 4) {
    let best = f32x4.splat(-Infinity), where = i32x4.splat(-1), tap = 0, line = x;
    for (let h = height; h > 0; h--) {
      let at = line;
      for (let w = width; w > 0; w--) {
        const value = v128.load(at), higher = f32x4.gt(value, best);
        best = v128.bitselect(value, best, higher);
        where = v128.bitselect(i32x4.splat(tap), where, higher);
        at += pixel;
        tap++;
      }
      line += row;
    }
    const gradient = v128.load(dy);
    tap = 0;
    line = dx;
    for (let h = height; h > 0; h--) {
      let at = line;
      for (let w = width; w > 0; w--) {
        const part = v128.and(gradient, i32x4.eq(where, i32x4.splat(tap)));
        v128.store(at, f32x4.add(v128.load(at), part));
        at += pixel;
        tap++;
      }
      line += row;
    }
    x += VECTOR; dx += VECTOR; dy += VECTOR;
  }
  for (; c > 0; c--) {
    let best: f32 = -Infinity, where: usize = 0, offset: usize = 0;
    for (let h = height; h > 0; h--) {
      let at = offset;
      for (let w = width; w > 0; w--) {
        const value = f32.load(x + at);
        if (value > best) {
          best = value;
          where = dx + at;
        }
        at += pixel;
      }
      offset += row;
    }
    if (where !== 0) f32.store(where, f32.load(where) + f32.load(dy));
    x += F32; dx += F32; dy += F32;
  }
}

/** `y`, the mean of every window's pixels inside the image. */
export function avgPoolForward(geometry: usize, x: usize, y: usize): void {
  const g = changetype<Geometry>(geometry);
  const pixel = <usize>g.inChannels * F32, row = <usize>g.inWidth * pixel;
  for (let n = 0; n < g.batch; n++) {
    const image = x + <usize>(n * g.inHeight) * row;
    for (let oh = 0; oh < g.outHeight; oh++) {
      const top = oh * g.strideHeight - g.padTop;
      const h0 = clipFirst(top), h1 = clipEnd(top, g.kernelHeight, g.inHeight);
      for (let ow = 0; ow < g.outWidth; ow++) {
        const left = ow * g.strideWidth - g.padLeft;
        const w0 = clipFirst(left), w1 = clipEnd(left, g.kernelWidth, g.inWidth);
        mean(image + <usize>h0 * row + <usize>w0 * pixel, h1 - h0, w1 - w0, row, pixel, g.inChannels, y);
        y += pixel;
      }
    }
  }
}

function mean(x: usize, height: i32, width: i32, row: usize, pixel: usize, channels: i32, y: usize): void {
  const count = <f32>max(0, height) * <f32>max(0, width);
  let c = channels;
  for (; c >= 4; c -= 4) {
    let sum = zero(), line = x;
    for (let h = height; h > 0; h--) {
      let at = line;
      for (let w = width; w > 0; w--) {
        sum = f32x4.add(sum, v128.load(at));
        at += pixel;
      }
      line += row;
    }
    v128.store(y, f32x4.div(sum, f32x4.splat(count)));
    x += VECTOR; y += VECTOR;
  }
  for (; c > 0; c--) {
    let sum: f32 = 0, line = x;
    for (let h = height; h > 0; h--) {
      let at = line;
      for (let w = width; w > 0; w--) {
        sum += f32.load(at);
        at += pixel;
      }
      line += row;
    }
    f32.store(y, sum / count);
    x += F32; y += F32;
  }
}

/** `dx` of `avgPoolForward`: each window's `dy` is shared out among its pixels inside the image. */
export function avgPoolGradient(geometry: usize, dy: usize, dx: usize): void {
  const g = changetype<Geometry>(geometry);
  const pixel = <usize>g.inChannels * F32, row = <usize>g.inWidth * pixel;
  memory.fill(dx, 0, <usize>(g.batch * g.inHeight) * row);
  for (let n = 0; n < g.batch; n++) {
    const image = dx + <usize>(n * g.inHeight) * row;
    for (let oh = 0; oh < g.outHeight; oh++) {
      const top = oh * g.strideHeight - g.padTop;
      const h0 = clipFirst(top), h1 = clipEnd(top, g.kernelHeight, g.inHeight);
      for (let ow = 0; ow < g.outWidth; ow++) {
        const left = ow * g.strideWidth - g.padLeft;
        const w0 = clipFirst(left), w1 = clipEnd(left, g.kernelWidth, g.inWidth);
        shareOut(image + <usize>h0 * row + <usize>w0 * pixel, h1 - h0, w1 - w0, row, pixel, g.inChannels, dy);
        dy += pixel;
      }
    }
  }
}

function shareOut(dx: usize, height: i32, width: i32, row: usize, pixel: usize, channels: i32, dy: usize): void {
  const count = <f32>max(0, height) * <f32>max(0, width);
  let c = channels;
  for (; c >= 4; c -= 4) {
    const share = f32x4.div(v128.load(dy), f32x4.splat(count));
    let line = dx;
    for (let h = height; h > 0; h--) {
      let at = line;
      for (let w = width; w > 0; w--) {
        v128.store(at, f32x4.add(v128.load(at), share));
        at += pixel;
      }
      line += row;
    }
    dx += VECTOR; dy += VECTOR;
  }
  for (; c > 0; c--) {
    const share = f32.load(dy) / count;
    let line = dx;
    for (let h = height; h > 0; h--) {
      let at = line;
      for (let w = width; w > 0; w--) {
        f32.store(at, f32.load(at) + share);
        at += pixel;
      }
      line += row;
    }
    dx += F32; dy += F32;
  }
}
