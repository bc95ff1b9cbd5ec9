import { F32, PANEL, VECTOR, zero } from './simd';
import { Geometry, align, ceilDiv } from './geometry';
import { EDGE, TAP, strip } from './tile';

/*
 * Winograd's minimal filtering F(2x2, 3x3) for undilated 3 x 3 kernels of stride 1 (Lavin & Gray 2016, arXiv
 * 1509.09308): sixteen products per channel pair give four outputs instead of thirty-six. Its transforms only add and
 * halve, so the rounding error stays that of a direct sum. The same transforms, transposed, give the kernel's gradient.
 *
 * "Cell" below is a 2 x 2 square of outputs; cells are numbered over images, rows, columns.
 */

/** Frequencies of a transformed 4 x 4 patch. */
export const FREQUENCIES = 16;
/** Numbers of one frequency of one block of cells: sixteen such blocks stay in the second-level cache. */
const BLOCK_NUMBERS = 4096;

/**
 * Bytes left free behind each frequency, and cells behind each panel: with sizes that are powers of two, what is
 * written together would otherwise fall into one set of the first-level cache.
 */
export const GAP: usize = 192;
export const GAP_CELLS = 4;

/** Cells below which transforming the kernel costs more than it saves. */
const FEWEST_CELLS = 16;

/** How many (output, tap) pairs exist along one axis; padding has none. */
function validTaps(outSize: i32, inSize: i32, pad: i32): i32 {
  let count = 0;
  for (let out = 0; out < outSize; out++) {
    for (let tap = 0; tap < 3; tap++) {
      const at = out + tap - pad;
      if (at >= 0 && at < inSize) count++;
    }
  }
  return count;
}

/** Whether the transforms' saving outweighs them: on maps so small that most taps fall outside, it does not. */
export function winogradPays(g: Geometry): bool {
  if (g.kernelHeight !== 3 || g.kernelWidth !== 3 || g.strideHeight !== 1 || g.strideWidth !== 1) return false;
  if (g.dilationHeight !== 1 || g.dilationWidth !== 1) return false;
  if (((g.inChannels | g.outChannels) & 7) !== 0 || min(g.inChannels, g.outChannels) < 16) return false;
  const direct = validTaps(g.outHeight, g.inHeight, g.padTop) * validTaps(g.outWidth, g.inWidth, g.padLeft);
  const cells = ceilDiv(g.outHeight, 2) * ceilDiv(g.outWidth, 2);
  return 4 * direct >= 5 * FREQUENCIES * cells && g.batch * cells >= FEWEST_CELLS;
}

export function blockOf(depth: i32, columns: i32): i32 {
  return max(8, (BLOCK_NUMBERS / max(depth, columns)) & ~3);
}

/** Scratch bytes of `winograd`, `depth` channels in and `columns` out. */
export function winogradScratch(depth: i32, columns: i32): usize {
  const block = blockOf(depth, columns);
  const numbers = FREQUENCIES * (depth * columns + (block + GAP_CELLS) * (depth + columns));
  return <usize>numbers * F32 + 2 * FREQUENCIES * <i32>GAP + align(EDGE + TAP) + corners(depth) + 64;
}

/** Bytes of the sixteen addresses of a patch's pixels and of the zeros that stand for pixels outside. */
export function corners(depth: i32): usize {
  return align(FREQUENCIES * 4) + align(<usize>depth * F32);
}

/**
 * The convolution of `source` `[batch, fromHeight, fromWidth, depth]` with packed kernel `panels`
 * `[columns / 8][9][depth][8]`. As the input's gradient it runs over `dy`, with the kernel turned by half a circle.
 */
export function winograd(
  g: Geometry, source: usize, panels: usize, target: usize, scratch: usize, gradient: bool,
): void {
  const depth = gradient ? g.outChannels : g.inChannels, columns = gradient ? g.inChannels : g.outChannels;
  const height = gradient ? g.inHeight : g.outHeight, width = gradient ? g.inWidth : g.outWidth;
  const block = blockOf(depth, columns);
  const kernels = scratch + align(EDGE + TAP);
  const inputs = kernels + <usize>(FREQUENCIES * depth * columns) * F32;
  const inFrequency = <usize>(block * depth) * F32 + GAP, outFrequency = <usize>(block * columns) * F32 + GAP;
  const outputs = inputs + <usize>FREQUENCIES * inFrequency;
  const patch = outputs + <usize>FREQUENCIES * outFrequency;
  memory.fill(patch, 0, corners(depth));
  transformKernel(panels, depth, columns, gradient, kernels);
  i32.store(scratch, 0);
  i32.store(scratch, 0, 4);
  const cells = g.batch * ceilDiv(height, 2) * ceilDiv(width, 2);
  const panelSize = <usize>depth * PANEL, pixel = <usize>depth * F32, outPixel = <usize>columns * F32;
  for (let first = 0; first < cells; first += block) {
    const count = min(block, cells - first);
    transformPatches(g, source, first, count, depth, gradient, patch, inputs, inFrequency, pixel, VECTOR);
    let kernel = kernels;
    for (let f: usize = 0; f < <usize>FREQUENCIES; f++) {
      let to = outputs + f * outFrequency;
      for (let column = 0; column < columns; column += 8) {
        strip(scratch, 1, depth, inputs + f * inFrequency, pixel, count, kernel, to, outPixel, 8, scratch + TAP);
        kernel += panelSize;
        to += PANEL;
      }
    }
    writeCells(outputs, outFrequency, first, count, height, width, columns, target);
  }
}

/** `G g G'` of every (input, output) channel pair: `[columns / 8][9][depth][8]` to `[16][columns / 8][depth][8]`. */
function transformKernel(panels: usize, depth: i32, columns: i32, turned: bool, target: usize): void {
  const tap = <usize>depth * PANEL, frequency = <usize>columns * <usize>depth * F32;
  const half = f32x4.splat(0.5);
  for (let column = 0; column < columns; column += 8) {
    for (let lane: usize = 0; lane < tap; lane += VECTOR) {
      const from = panels + lane + (turned ? 8 * tap : 0);
      const step = turned ? -tap : tap;
      let to = target + lane;
      // Row transform of the three columns of taps, then columns; row r of G' g is (a, b, c).
      for (let r = 0; r < 4; r++) {
        const a = kernelRow(from, step, r, half), b = kernelRow(from + step, step, r, half);
        const c = kernelRow(from + 2 * step, step, r, half);
        const ends = f32x4.mul(half, f32x4.add(a, c)), middle = f32x4.mul(half, b);
        v128.store(to, a);
        v128.store(to + frequency, f32x4.add(ends, middle));
        v128.store(to + 2 * frequency, f32x4.sub(ends, middle));
        v128.store(to + 3 * frequency, c);
        to += 4 * frequency;
      }
    }
    panels += 9 * tap;
    target += tap;
  }
}

/** Row `r` of G applied to the taps of one column, which are three steps apart. */
// @ts-ignore: decorator
@inline
function kernelRow(from: usize, step: usize, r: i32, half: v128): v128 {
  const top = v128.load(from), bottom = v128.load(from + 6 * step);
  if (r === 0) return top;
  if (r === 3) return bottom;
  const ends = f32x4.mul(half, f32x4.add(top, bottom)), middle = f32x4.mul(half, v128.load(from + 3 * step));
  return r === 1 ? f32x4.add(ends, middle) : f32x4.sub(ends, middle);
}

/** Where the 4 x 4 patches of a convolution lie: cell (0, 0)'s patch starts `pad` outside the image. */
export function transformPatches(
  g: Geometry, source: usize, first: i32, count: i32, depth: i32, gradient: bool, patch: usize, target: usize, frequency: usize, cellStep: usize, channelStep: usize,
): void {
  const height = gradient ? g.outHeight : g.inHeight, width = gradient ? g.outWidth : g.inWidth;
  const across = ceilDiv(gradient ? g.inWidth : g.outWidth, 2), down = ceilDiv(gradient ? g.inHeight : g.outHeight, 2);
  const top = gradient ? 2 - g.padTop : g.padTop, left = gradient ? 2 - g.padLeft : g.padLeft;
  const zeros = patch + align(FREQUENCIES * 4);
  const pixel = <usize>depth * F32;
  for (let cell = first; cell < first + count; cell++) {
    const column = cell % across, row = (cell / across) % down, image = cell / (across * down);
    const base = source + <usize>(image * height * width) * pixel;
    let at = patch;
    for (let i = 0; i < 4; i++) {
      const h = 2 * row - top + i;
      for (let j = 0; j < 4; j++) {
        const w = 2 * column - left + j;
        const inside = h >= 0 && h < height && w >= 0 && w < width;
        i32.store(at, <i32>(inside ? base + <usize>(h * width + w) * pixel : zeros));
        at += 4;
      }
    }
    transformPatch(patch, pixel, target, frequency, channelStep);
    target += cellStep;
  }
}

// @ts-ignore: decorator
@inline
function pixelOf(patch: usize, index: usize, channel: usize): v128 {
  return v128.load(<usize>i32.load(patch + index * 4) + channel);
}

/** `B' d B` of one patch, for all channels. */
function transformPatch(patch: usize, bytes: usize, target: usize, frequency: usize, channelStep: usize): void {
  for (let c: usize = 0; c < bytes; c += VECTOR) {
    let to = target;
    for (let r = 0; r < 4; r++) {
      // Row r of B' takes rows (0 - 2), (1 + 2), (2 - 1), (1 - 3).
      const p: usize = r === 0 ? 0 : r === 2 ? 8 : 4, q: usize = r === 0 || r === 1 ? 8 : r === 2 ? 4 : 12;
      let d0 = pixelOf(patch, p, c), d1 = pixelOf(patch, p + 1, c), d2 = pixelOf(patch, p + 2, c), d3 = pixelOf(patch, p + 3, c);
      if (r === 1) {
        d0 = f32x4.add(d0, pixelOf(patch, q, c)); d1 = f32x4.add(d1, pixelOf(patch, q + 1, c));
        d2 = f32x4.add(d2, pixelOf(patch, q + 2, c)); d3 = f32x4.add(d3, pixelOf(patch, q + 3, c));
      } else {
        d0 = f32x4.sub(d0, pixelOf(patch, q, c)); d1 = f32x4.sub(d1, pixelOf(patch, q + 1, c));
        d2 = f32x4.sub(d2, pixelOf(patch, q + 2, c)); d3 = f32x4.sub(d3, pixelOf(patch, q + 3, c));
      }
      v128.store(to, f32x4.sub(d0, d2));
      v128.store(to + frequency, f32x4.add(d1, d2));
      v128.store(to + 2 * frequency, f32x4.sub(d2, d1));
      v128.store(to + 3 * frequency, f32x4.sub(d1, d3));
      to += 4 * frequency;
    }
    target += channelStep;
  }
}

/** `A' m A` of every cell of a block, written to the pixels that exist. */
function writeCells(
  outputs: usize, frequency: usize, first: i32, count: i32, height: i32, width: i32, columns: i32, target: usize,
): void {
  const across = ceilDiv(width, 2), down = ceilDiv(height, 2);
  const pixel = <usize>columns * F32, row = <usize>width * pixel;
  for (let cell = first; cell < first + count; cell++) {
    const x = 2 * (cell % across), y = 2 * ((cell / across) % down), image = cell / (across * down);
    const to = target + <usize>((image * height + y) * width + x) * pixel;
    // A missing pixel's value goes where a kept one's comes later.
    const right = x + 1 < width ? pixel : 0, below = y + 1 < height ? row : 0;
    for (let c: usize = 0; c < pixel; c += VECTOR) {
      writeCell(outputs + c, frequency, to + c, right, below);
    }
    outputs += pixel;
  }
}

// @ts-ignore: decorator
@inline
function writeCell(m: usize, f: usize, to: usize, right: usize, below: usize): void {
  let a0 = v128.load(m), a1 = v128.load(m + f), a2 = v128.load(m + 2 * f), a3 = v128.load(m + 3 * f);
  let b0 = zero(), b1 = zero(), b2 = zero(), b3 = zero();
  m += 4 * f;
  let v = v128.load(m);
  a0 = f32x4.add(a0, v); b0 = v;
  v = v128.load(m + f);
  a1 = f32x4.add(a1, v); b1 = v;
  v = v128.load(m + 2 * f);
  a2 = f32x4.add(a2, v); b2 = v;
  v = v128.load(m + 3 * f);
  a3 = f32x4.add(a3, v); b3 = v;
  m += 4 * f;
  v = v128.load(m);
  a0 = f32x4.add(a0, v); b0 = f32x4.sub(b0, v);
  v = v128.load(m + f);
  a1 = f32x4.add(a1, v); b1 = f32x4.sub(b1, v);
  v = v128.load(m + 2 * f);
  a2 = f32x4.add(a2, v); b2 = f32x4.sub(b2, v);
  v = v128.load(m + 3 * f);
  a3 = f32x4.add(a3, v); b3 = f32x4.sub(b3, v);
  m += 4 * f;
  b0 = f32x4.sub(b0, v128.load(m)); b1 = f32x4.sub(b1, v128.load(m + f));
  b2 = f32x4.sub(b2, v128.load(m + 2 * f)); b3 = f32x4.sub(b3, v128.load(m + 3 * f));
  v128.store(to + below + right, f32x4.sub(f32x4.sub(b1, b2), b3));
  v128.store(to + below, f32x4.add(f32x4.add(b0, b1), b2));
  v128.store(to + right, f32x4.sub(f32x4.sub(a1, a2), a3));
  v128.store(to, f32x4.add(f32x4.add(a0, a1), a2));
}
