import { elementTypeOf, ordered, readBits, stepOf, writeBits } from './element-types.js';
import type { ElementType } from './element-types.js';
import { bitLength, NumberCoder } from './number-coder.js';
import type { BitCoder } from './range-coder.js';
import type { NamedTensor } from '../tensors/tensor.types.js';

/** Most that is expected of a difference's length, in bits. */
const MAX_EXPECTED = 24;
/** The running mean is kept in 1/16 bit, and moves by a sixteenth of what is new. */
const MEAN_SHIFT = 4;
const CONTEXTS = MAX_EXPECTED + 1;
/** What a tensor is expected to start with. */
const FIRST_MEAN_BITS = 6;

/** The elements of tensors as differences from those they had before. */
export class TensorCoder {
  private readonly numbers = {
    1: new NumberCoder(CONTEXTS),
    2: new NumberCoder(CONTEXTS),
    4: new NumberCoder(CONTEXTS),
  };

  /** @param after - what is told; filled when reading */
  code(coder: BitCoder, { dtype, data: before }: NamedTensor, after: Uint8Array): void {
    const type = elementTypeOf(dtype);
    const { bytes } = type;
    const numbers = this.numbers[bytes];
    let mean: number | undefined;
    for (let offset = 0; offset < before.byteLength; offset += bytes) {
      const old = readBits(before, offset, bytes);
      const step = stepOf(old, type);
      mean ??= (FIRST_MEAN_BITS + step) << MEAN_SHIFT;
      const told = numbers.code(coder, contextOf(mean, step), difference(old, readBits(after, offset, bytes), type));
      writeBits(after, offset, { bytes, bits: changed(old, told, type) });
      // In the same unit for all exponents: how far a weight moves does not depend on how large it is.
      mean += (((bitLength(told) + step) << MEAN_SHIFT) - mean) >> MEAN_SHIFT;
    }
  }
}

function contextOf(mean: number, step: number): number {
  const expected = (mean - (step << MEAN_SHIFT)) >> MEAN_SHIFT;
  return Math.min(Math.max(expected, 0), MAX_EXPECTED);
}

/** 0, -1, 1, -2, 2 … as 0, 1, 2, 3, 4 …, on the circle of all values of a type. */
function difference(old: number, next: number, type: ElementType): number {
  const size = 2 ** (8 * type.bytes);
  const distance = (ordered(next, type) - ordered(old, type) + size) % size;
  return distance < size / 2 ? 2 * distance : 2 * (size - distance) - 1;
}

/** What {@link difference} was taken of. */
function changed(old: number, told: number, type: ElementType): number {
  const size = 2 ** (8 * type.bytes);
  const distance = told % 2 === 0 ? told / 2 : size - (told + 1) / 2;
  return ordered((ordered(old, type) + distance) % size, type);
}
