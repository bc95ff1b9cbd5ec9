import { PANEL, VECTOR, madd, zero } from './simd';

/** Bytes of one run: int32 byte offsets into the x panel and the dy panel, int32 number of pixels. */
export const RUN: usize = 12;

/**
 * Four input by eight output channels of a kernel's gradient: over all pixels of all runs
 * `c[i][0..8] += x[p][i] * dy[p][0..8]`. Panels hold four (x) and eight (dy) channels of consecutive pixels, so
 * both operands are read front to back.
 *
 * @param runs list of `count` runs (see `RUN`)
 * @param c target, rows `cs` bytes apart
 * @param add whether to add to what the target holds
 */
export function outer(runs: usize, count: i32, x: usize, dy: usize, c: usize, cs: usize, add: bool): void {
  let a0 = zero(), a1 = zero(), b0 = zero(), b1 = zero();
  let c0 = zero(), c1 = zero(), d0 = zero(), d1 = zero();
  const end = runs + <usize>count * RUN;
  for (; runs < end; runs += RUN) {
    let p = x + i32.load(runs);
    let g = dy + i32.load(runs, 4);
    let n = i32.load(runs, 8);
    for (; n >= 4; n -= 4) {
      let u = v128.load(g), v = v128.load(g, 16);
      let e = v128.load_splat<f32>(p);
      a0 = madd(e, u, a0); a1 = madd(e, v, a1);
      e = v128.load_splat<f32>(p, 4);
      b0 = madd(e, u, b0); b1 = madd(e, v, b1);
      e = v128.load_splat<f32>(p, 8);
      c0 = madd(e, u, c0); c1 = madd(e, v, c1);
      e = v128.load_splat<f32>(p, 12);
      d0 = madd(e, u, d0); d1 = madd(e, v, d1);
      u = v128.load(g, 32); v = v128.load(g, 48);
      e = v128.load_splat<f32>(p, 16);
      a0 = madd(e, u, a0); a1 = madd(e, v, a1);
      e = v128.load_splat<f32>(p, 20);
      b0 = madd(e, u, b0); b1 = madd(e, v, b1);
      e = v128.load_splat<f32>(p, 24);
      c0 = madd(e, u, c0); c1 = madd(e, v, c1);
      e = v128.load_splat<f32>(p, 28);
      d0 = madd(e, u, d0); d1 = madd(e, v, d1);
      u = v128.load(g, 64); v = v128.load(g, 80);
      e = v128.load_splat<f32>(p, 32);
      a0 = madd(e, u, a0); a1 = madd(e, v, a1);
      e = v128.load_splat<f32>(p, 36);
      b0 = madd(e, u, b0); b1 = madd(e, v, b1);
      e = v128.load_splat<f32>(p, 40);
      c0 = madd(e, u, c0); c1 = madd(e, v, c1);
      e = v128.load_splat<f32>(p, 44);
      d0 = madd(e, u, d0); d1 = madd(e, v, d1);
      u = v128.load(g, 96); v = v128.load(g, 112);
      e = v128.load_splat<f32>(p, 48);
      a0 = madd(e, u, a0); a1 = madd(e, v, a1);
      e = v128.load_splat<f32>(p, 52);
      b0 = madd(e, u, b0); b1 = madd(e, v, b1);
      e = v128.load_splat<f32>(p, 56);
      c0 = madd(e, u, c0); c1 = madd(e, v, c1);
      e = v128.load_splat<f32>(p, 60);
      d0 = madd(e, u, d0); d1 = madd(e, v, d1);
      p += 4 * VECTOR;
      g += 4 * PANEL;
    }
    for (; n > 0; n--) {
      const u = v128.load(g), v = v128.load(g, 16);
      let e = v128.load_splat<f32>(p);
      a0 = madd(e, u, a0); a1 = madd(e, v, a1);
      e = v128.load_splat<f32>(p, 4);
      b0 = madd(e, u, b0); b1 = madd(e, v, b1);
      e = v128.load_splat<f32>(p, 8);
      c0 = madd(e, u, c0); c1 = madd(e, v, c1);
      e = v128.load_splat<f32>(p, 12);
      d0 = madd(e, u, d0); d1 = madd(e, v, d1);
      p += VECTOR;
      g += PANEL;
    }
  }
  if (add) {
    a0 = f32x4.add(a0, v128.load(c)); a1 = f32x4.add(a1, v128.load(c, 16));
    b0 = f32x4.add(b0, v128.load(c + cs)); b1 = f32x4.add(b1, v128.load(c + cs, 16));
    c0 = f32x4.add(c0, v128.load(c + 2 * cs)); c1 = f32x4.add(c1, v128.load(c + 2 * cs, 16));
    d0 = f32x4.add(d0, v128.load(c + 3 * cs)); d1 = f32x4.add(d1, v128.load(c + 3 * cs, 16));
  }
  v128.store(c, a0); v128.store(c, a1, 16);
  c += cs;
  v128.store(c, b0); v128.store(c, b1, 16);
  c += cs;
  v128.store(c, c0); v128.store(c, c1, 16);
  c += cs;
  v128.store(c, d0); v128.store(c, d1, 16);
}
