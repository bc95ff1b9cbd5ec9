/** Bytes of one float32, one SIMD vector of four, and of the eight columns of a panel. */
export const F32: usize = 4;
export const VECTOR: usize = 16;
export const PANEL: usize = 32;

/** `a * b + c` per lane; fused (one rounding) where the build enables relaxed SIMD. */
// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

/** A vector of four numbers. */
// @ts-ignore: decorator
@inline
export function lanes(a: f32, b: f32, c: f32, d: f32): v128 {
  return f32x4.replace_lane(f32x4.replace_lane(f32x4.replace_lane(f32x4.splat(a), 1, b), 2, c), 3, d);
}

// @ts-ignore: decorator
@inline
export function zero(): v128 {
  return f32x4.splat(0);
}

/** Copies `floats` numbers; cheaper than `memory.copy` for the short runs of one pixel's channels. */
// @ts-ignore: decorator
@inline
export function copyFloats(target: usize, source: usize, floats: i32): void {
  let left = floats;
  for (; left >= 4; left -= 4) {
    v128.store(target, v128.load(source));
    target += VECTOR;
    source += VECTOR;
  }
  for (; left > 0; left--) {
    f32.store(target, f32.load(source));
    target += F32;
    source += F32;
  }
}
