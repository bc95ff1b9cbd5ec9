import { F32, VECTOR, zero } from './simd';

/** The callers' codes of activations. */
export const RELU = 1, RELU6 = 2;

// @ts-ignore: decorator
@inline
export function activate(value: v128, activation: i32): v128 {
  if (activation === 0) return value;
  const positive = f32x4.max(zero(), value);
  return activation === RELU6 ? f32x4.min(f32x4.splat(6), positive) : positive;
}

/** All ones in the lanes whose activation passes a gradient; `value` may be the activation's input or its output. */
// @ts-ignore: decorator
@inline
export function passes(value: v128, activation: i32): v128 {
  const positive = f32x4.gt(value, zero());
  return activation === RELU6 ? v128.and(positive, f32x4.lt(value, f32x4.splat(6))) : positive;
}

// @ts-ignore: decorator
@inline
export function activateOne(value: f32, activation: i32): f32 {
  if (activation === 0) return value;
  const positive = max<f32>(value, 0);
  return activation === RELU6 ? min<f32>(positive, 6) : positive;
}

// @ts-ignore: decorator
@inline
export function passesOne(value: f32, activation: i32): bool {
  return activation === 0 || (value > 0 && (activation !== RELU6 || value < 6));
}

/** `dx = dy` where the activation passes, else 0. */
export function activationGradient(value: usize, dy: usize, dx: usize, count: i32, activation: i32): void {
  let n = count;
  for (; n >= 4; n -= 4) {
    v128.store(dx, v128.and(v128.load(dy), passes(v128.load(value), activation)));
    value += VECTOR; dy += VECTOR; dx += VECTOR;
  }
  for (; n > 0; n--) {
    f32.store(dx, passesOne(f32.load(value), activation) ? f32.load(dy) : 0);
    value += F32; dy += F32; dx += F32;
  }
}

/** `y = activation(a + b)`. */
export function addActivate(a: usize, b: usize, y: usize, count: i32, activation: i32): void {
  let n = count;
  for (; n >= 4; n -= 4) {
    v128.store(y, activate(f32x4.add(v128.load(a), v128.load(b)), activation));
    a += VECTOR; b += VECTOR; y += VECTOR;
  }
  for (; n > 0; n--) {
    f32.store(y, activateOne(f32.load(a) + f32.load(b), activation));
    a += F32; b += F32; y += F32;
  }
}

/** `y = activation(y + bias)` per channel, in place. */
export function biasActivate(y: usize, bias: usize, pixels: i32, channels: i32, activation: i32): void {
  for (; pixels > 0; pixels--) {
    let c: usize = 0;
    for (; c + 4 <= <usize>channels; c += 4) {
      v128.store(y, activate(f32x4.add(v128.load(y), v128.load(bias + c * F32)), activation));
      y += VECTOR;
    }
    for (; c < <usize>channels; c++) {
      f32.store(y, activateOne(f32.load(y) + f32.load(bias + c * F32), activation));
      y += F32;
    }
  }
}
