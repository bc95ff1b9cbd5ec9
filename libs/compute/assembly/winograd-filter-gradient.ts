import { F32, PANEL, VECTOR, zero } from './simd';
import { Geometry, align, ceilDiv } from './geometry';
import { RUN, outer } from './outer';
import { FREQUENCIES, GAP, GAP_CELLS, blockOf, corners, transformPatches, winogradScratch } from './winograd';

/** Scratch bytes of `winogradFilterGradient`. */
export function winogradFilterScratch(g: Geometry): usize {
  return winogradScratch(g.inChannels, g.outChannels) + align(RUN);
}

/** The kernel's gradient: `G' (sum over cells of (B' d B) (A dy A')) G`. */
export function winogradFilterGradient(g: Geometry, x: usize, dy: usize, dw: usize, scratch: usize): void {
  const block = blockOf(g.inChannels, g.outChannels);
  const runs = scratch, products = scratch + align(RUN);
  const productSize = <usize>(g.inChannels * g.outChannels) * F32;
  const inputs = products + FREQUENCIES * productSize;
  const inFrequency = <usize>((block + GAP_CELLS) * g.inChannels) * F32 + GAP;
  const outFrequency = <usize>((block + GAP_CELLS) * g.outChannels) * F32 + GAP;
  const gradients = inputs + FREQUENCIES * inFrequency;
  const patch = gradients + FREQUENCIES * outFrequency;
  memory.fill(patch, 0, corners(g.inChannels));
  const cells = g.batch * ceilDiv(g.outHeight, 2) * ceilDiv(g.outWidth, 2);
  const stride = <usize>g.outChannels * F32;
  for (let first = 0; first < cells; first += block) {
    const count = min(block, cells - first);
    const inPanel = <usize>(count + GAP_CELLS) * VECTOR, outPanel = <usize>(count + GAP_CELLS) * PANEL;
    transformPatches(g, x, first, count, g.inChannels, false, patch, inputs, inFrequency, VECTOR, inPanel);
    transformGradients(g, dy, first, count, gradients, outFrequency, outPanel);
    i32.store(runs, 0);
    i32.store(runs, 0, 4);
    i32.store(runs, count, 8);
    for (let f: usize = 0; f < <usize>FREQUENCIES; f++) {
      let right = gradients + f * outFrequency;
      for (let o: usize = 0; o < stride; o += PANEL) {
        let left = inputs + f * inFrequency, to = products + f * productSize + o;
        for (let c = 0; c < g.inChannels; c += 4) {
          outer(runs, 1, left, right, to, stride, first > 0);
          left += inPanel;
          to += 4 * stride;
        }
        right += outPanel;
      }
    }
  }
  writeKernel(products, productSize, dw);
}

/** `A dy A'` of every cell of a block, into panels of eight channels `[16][outChannels / 8][count][8]`. */
function transformGradients(
  g: Geometry, dy: usize, first: i32, count: i32, target: usize, frequency: usize, panel: usize,
): void {
  const across = ceilDiv(g.outWidth, 2), down = ceilDiv(g.outHeight, 2);
  const pixel = <usize>g.outChannels * F32, row = <usize>g.outWidth * pixel;
  for (let cell = first; cell < first + count; cell++) {
    const x = 2 * (cell % across), y = 2 * ((cell / across) % down), image = cell / (across * down);
    const from = dy + <usize>((image * g.outHeight + y) * g.outWidth + x) * pixel;
    const right = x + 1 < g.outWidth, below = y + 1 < g.outHeight;
    for (let c: usize = 0; c < pixel; c += VECTOR) {
      const at = from + c;
      const a = v128.load(at), b = right ? v128.load(at + pixel) : zero();
      const d = below ? v128.load(at + row) : zero(), e = right && below ? v128.load(at + row + pixel) : zero();
      let to = target + (c / PANEL) * panel + (c & VECTOR);
      gradientRow(a, b, to, frequency);
      to += 4 * frequency;
      gradientRow(f32x4.add(a, d), f32x4.add(b, e), to, frequency);
      to += 4 * frequency;
      gradientRow(f32x4.sub(a, d), f32x4.sub(b, e), to, frequency);
      to += 4 * frequency;
      gradientRow(f32x4.neg(d), f32x4.neg(e), to, frequency);
    }
    target += PANEL;
  }
}

// @ts-ignore: decorator
@inline
function gradientRow(a: v128, b: v128, to: usize, frequency: usize): void {
  v128.store(to, a);
  v128.store(to + frequency, f32x4.add(a, b));
  v128.store(to + 2 * frequency, f32x4.sub(a, b));
  v128.store(to + 3 * frequency, f32x4.neg(b));
}

/** `G' p G`: sixteen frequencies `[inChannels, outChannels]` to nine taps of the same. */
function writeKernel(products: usize, size: usize, dw: usize): void {
  const half = f32x4.splat(0.5);
  for (let at: usize = 0; at < size; at += VECTOR) {
    for (let i: usize = 0; i < 3; i++) {
      const a = productRow(products + at, size, i, half), b = productRow(products + at + size, size, i, half);
      const c = productRow(products + at + 2 * size, size, i, half), d = productRow(products + at + 3 * size, size, i, half);
      const sum = f32x4.mul(half, f32x4.add(b, c));
      const to = dw + at + 3 * i * size;
      v128.store(to, f32x4.add(a, sum));
      v128.store(to + size, f32x4.mul(half, f32x4.sub(b, c)));
      v128.store(to + 2 * size, f32x4.add(sum, d));
    }
  }
}

/** Row `i` of G' applied to one column of frequencies, which are four sizes apart. */
// @ts-ignore: decorator
@inline
function productRow(from: usize, size: usize, i: usize, half: v128): v128 {
  const b = v128.load(from + 4 * size), c = v128.load(from + 8 * size);
  if (i === 1) return f32x4.mul(half, f32x4.sub(b, c));
  const sum = f32x4.mul(half, f32x4.add(b, c));
  return f32x4.add(v128.load(i === 0 ? from : from + 12 * size), sum);
}
