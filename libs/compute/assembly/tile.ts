import { F32, PANEL, VECTOR, madd, zero } from './simd';

/** Bytes of one entry of a tap list: int32 offset of the tap's pixel in the source, int32 offset in the panel. */
export const TAP: usize = 8;
/** Bytes of the buffer in which a tile that overhangs its target is computed before the valid part is copied. */
export const EDGE: usize = 128;

/**
 * Four pixels by eight channels of a convolution: for every tap and every input channel `k`
 * `y[r][0..8] += x[r][k] * panel[k][0..8]`. The sums stay in registers over all taps. Eight accumulators are
 * what hides the latency of a fused multiply-add on two ports while all operands fit sixteen registers.
 *
 * @param taps list of `count` entries (see `TAP`)
 * @param depth channels per tap
 * @param x first pixel; the others lie `s1`, `s2`, `s3` bytes further
 * @param y first target pixel; rows are `ys` bytes apart
 */
export function tile(
  taps: usize, count: i32, depth: i32, x: usize, s1: usize, s2: usize, s3: usize, panel: usize, y: usize, ys: usize,
): void {
  let a0 = zero(), a1 = zero(), b0 = zero(), b1 = zero();
  let c0 = zero(), c1 = zero(), d0 = zero(), d1 = zero();
  const end = taps + <usize>count * TAP;
  for (; taps < end; taps += TAP) {
    let p = x + i32.load(taps);
    let q = p + s1, r = p + s2, s = p + s3;
    let w = panel + i32.load(taps, 4);
    let k = depth;
    for (; k >= 4; k -= 4) {
      let u = v128.load(w), v = v128.load(w, 16);
      let e = v128.load_splat<f32>(p);
      a0 = madd(e, u, a0); a1 = madd(e, v, a1);
      e = v128.load_splat<f32>(q);
      b0 = madd(e, u, b0); b1 = madd(e, v, b1);
      e = v128.load_splat<f32>(r);
      c0 = madd(e, u, c0); c1 = madd(e, v, c1);
      e = v128.load_splat<f32>(s);
      d0 = madd(e, u, d0); d1 = madd(e, v, d1);
      u = v128.load(w, 32); v = v128.load(w, 48);
      e = v128.load_splat<f32>(p, 4);
      a0 = madd(e, u, a0); a1 = madd(e, v, a1);
      e = v128.load_splat<f32>(q, 4);
      b0 = madd(e, u, b0); b1 = madd(e, v, b1);
      e = v128.load_splat<f32>(r, 4);
      c0 = madd(e, u, c0); c1 = madd(e, v, c1);
      e = v128.load_splat<f32>(s, 4);
      d0 = madd(e, u, d0); d1 = madd(e, v, d1);
      u = v128.load(w, 64); v = v128.load(w, 80);
      e = v128.load_splat<f32>(p, 8);
      a0 = madd(e, u, a0); a1 = madd(e, v, a1);
      e = v128.load_splat<f32>(q, 8);
      b0 = madd(e, u, b0); b1 = madd(e, v, b1);
      e = v128.load_splat<f32>(r, 8);
      c0 = madd(e, u, c0); c1 = madd(e, v, c1);
      e = v128.load_splat<f32>(s, 8);
      d0 = madd(e, u, d0); d1 = madd(e, v, d1);
      u = v128.load(w, 96); v = v128.load(w, 112);
      e = v128.load_splat<f32>(p, 12);
      a0 = madd(e, u, a0); a1 = madd(e, v, a1);
      e = v128.load_splat<f32>(q, 12);
      b0 = madd(e, u, b0); b1 = madd(e, v, b1);
      e = v128.load_splat<f32>(r, 12);
      c0 = madd(e, u, c0); c1 = madd(e, v, c1);
      e = v128.load_splat<f32>(s, 12);
      d0 = madd(e, u, d0); d1 = madd(e, v, d1);
      p += VECTOR; q += VECTOR; r += VECTOR; s += VECTOR;
      w += 4 * PANEL;
    }
    for (; k > 0; k--) {
      const u = v128.load(w), v = v128.load(w, 16);
      let e = v128.load_splat<f32>(p);
      a0 = madd(e, u, a0); a1 = madd(e, v, a1);
      e = v128.load_splat<f32>(q);
      b0 = madd(e, u, b0); b1 = madd(e, v, b1);
      e = v128.load_splat<f32>(r);
      c0 = madd(e, u, c0); c1 = madd(e, v, c1);
      e = v128.load_splat<f32>(s);
      d0 = madd(e, u, d0); d1 = madd(e, v, d1);
      p += F32; q += F32; r += F32; s += F32;
      w += PANEL;
    }
  }
  v128.store(y, a0); v128.store(y, a1, 16);
  y += ys;
  v128.store(y, b0); v128.store(y, b1, 16);
  y += ys;
  v128.store(y, c0); v128.store(y, c1, 16);
  y += ys;
  v128.store(y, d0); v128.store(y, d1, 16);
}

/**
 * `rows` (any number) pixels by up to eight channels `cols`, in tiles of four rows; the last tile repeats its first
 * pixel instead of reading past the end.
 *
 * @param xs bytes between source pixels
 * @param edge `EDGE` bytes of scratch
 */
export function strip(
  taps: usize, count: i32, depth: i32, x: usize, xs: usize, rows: i32, panel: usize, y: usize, ys: usize, cols: i32, edge: usize,
): void {
  for (let left = rows; left > 0; left -= 4) {
    if (left >= 4 && cols >= 8) {
      tile(taps, count, depth, x, xs, 2 * xs, 3 * xs, panel, y, ys);
    } else {
      const s1 = left > 1 ? xs : 0, s2 = left > 2 ? 2 * xs : 0, s3 = left > 3 ? 3 * xs : 0;
      tile(taps, count, depth, x, s1, s2, s3, panel, edge, PANEL);
      copyEdge(edge, y, ys, min(left, 4), min(cols, 8), false);
    }
    x += 4 * xs;
    y += 4 * ys;
  }
}

/** Moves, or adds, the valid `rows` by `cols` corner of an edge tile to its target. */
export function copyEdge(edge: usize, y: usize, ys: usize, rows: i32, cols: i32, add: bool): void {
  for (let r = 0; r < rows; r++) {
    for (let c: usize = 0; c < <usize>cols; c++) {
      const value = f32.load(edge + c * F32);
      const at = y + c * F32;
      f32.store(at, add ? f32.load(at) + value : value);
    }
    edge += PANEL;
    y += ys;
  }
}
