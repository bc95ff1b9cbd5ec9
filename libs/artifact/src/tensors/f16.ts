const words = new DataView(new ArrayBuffer(4));

/** The largest finite half-precision number. */
export const F16_MAX = 65504;

const EXPONENT_BITS_F32 = 0x7f800000;
/** 2^-24: the step of half-precision subnormals. */
const SUBNORMAL_STEP = 2 ** -24;
/** 2^-14: the smallest normal half-precision number. */
const SMALLEST_NORMAL = 2 ** -14;

/**
 * IEEE 754 binary16 bits of a number that is first rounded to single precision; round to nearest, ties to even.
 * What is too large becomes an infinity; a NaN stays a (quiet) NaN.
 */
export function encodeF16(value: number): number {
  words.setFloat32(0, value);
  const bits = words.getUint32(0);
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude > EXPONENT_BITS_F32) return sign | 0x7e00;
  // 0x477ff000 is 65520, half-way between the largest finite number and the first that does not fit.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) return sign | roundToEven(Math.abs(Math.fround(value)) / SUBNORMAL_STEP);
  // Re-bias the exponent (127 − 15 = 112) and drop 13 mantissa bits; a carry moves into the exponent as it should.
  const rebased = magnitude - (112 << 23);
  const kept = rebased >>> 13;
  const dropped = rebased & 0x1fff;
  const up = dropped > 0x1000 || (dropped === 0x1000 && (kept & 1) === 1);
  return sign | (kept + (up ? 1 : 0));
}

/** The number that IEEE 754 binary16 bits stand for; exact. */
export function decodeF16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >>> 10) & 0x1f;
  const mantissa = bits & 0x3ff;
  if (exponent === 0) return sign * mantissa * SUBNORMAL_STEP;
  if (exponent === 0x1f) return mantissa ? NaN : sign * Infinity;
  return sign * (1 + mantissa / 1024) * SMALLEST_NORMAL * 2 ** (exponent - 1);
}

/** The smallest half-precision number that is not below a non-negative value; infinity when there is none. */
export function encodeF16Upward(value: number): number {
  const nearest = encodeF16(value);
  return decodeF16(nearest) < value ? nearest + 1 : nearest;
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
