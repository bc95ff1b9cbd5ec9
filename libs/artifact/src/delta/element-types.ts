import type { Dtype } from '../tensors/tensor.types.js';

/**
 * How elements of a type become integers: in the order of the numbers they stand for, so that a small change of a weight
 * is a small difference, across zero and powers of two as well.
 */
export interface ElementType {
  readonly bytes: 1 | 2 | 4;
  /** Bits below the exponent; what a step of one means grows by a factor of two with each exponent. */
  readonly fractionBits: number;
  readonly signed: boolean;
}

const INTEGER: ElementType = { bytes: 1, fractionBits: 0, signed: false };
const TYPES: Partial<Record<Dtype, ElementType>> = {
  F16: { bytes: 2, fractionBits: 10, signed: true },
  BF16: { bytes: 2, fractionBits: 7, signed: true },
  F32: { bytes: 4, fractionBits: 23, signed: true },
};

/** Types of which nothing is known but their bytes are told byte by byte. */
export const elementTypeOf = (dtype: Dtype): ElementType => TYPES[dtype] ?? INTEGER;

/** Sign and magnitude to the order of the numbers; its own inverse. */
export function ordered(bits: number, { bytes, signed }: ElementType): number {
  const half = 2 ** (8 * bytes - 1);
  if (!signed || bits < half) return bits;
  // All of the negative half, the other way round.
  return half + (2 * half - 1 - bits);
}

/** Binary exponent of what a step of one means, counted from the smallest. */
export function stepOf(bits: number, { bytes, fractionBits, signed }: ElementType): number {
  if (!signed) return 0;
  const exponent = Math.floor((bits % 2 ** (8 * bytes - 1)) / 2 ** fractionBits);
  return Math.max(exponent, 1);
}

export function readBits(data: Uint8Array, offset: number, bytes: number): number {
  let bits = 0;
  for (let i = bytes - 1; i >= 0; i--) bits = bits * 256 + (data[offset + i] ?? 0);
  return bits;
}

export function writeBits(data: Uint8Array, offset: number, { bytes, bits }: { bytes: number; bits: number }): void {
  for (let i = 0, rest = bits; i < bytes; i++, rest = Math.floor(rest / 256)) data[offset + i] = rest % 256;
}
