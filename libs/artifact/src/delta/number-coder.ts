import { BitModel } from './bit-model.js';
import type { BitCoder } from './range-coder.js';

/** A number of n bits is told as n, then as its bits below the first; n is 0 for zero alone. */
const MAX_BITS = 32;
const LENGTH_CONTEXTS = 64;
/** Upper bits whose odds are learnt; those below are as good as noise. */
const LEARNT_BITS = 1;
const UPPER_CONTEXTS = 1 << LEARNT_BITS;

/** Unsigned numbers below 2^32 by adaptive Exp-Golomb codes, in contexts that tell how long they are likely to be. */
export class NumberCoder {
  private readonly lengths: BitModel;
  private readonly upper = new BitModel((MAX_BITS + 1) * UPPER_CONTEXTS);

  constructor(contexts: number) {
    this.lengths = new BitModel(contexts * LENGTH_CONTEXTS);
  }

  code(coder: BitCoder, context: number, value: number): number {
    const length = this.codeLength(coder, context, bitLength(value));
    if (length < 2) return length;
    let read = 1;
    let node = 1;
    for (let i = length - 2, learnt = 0; i >= 0; i--, learnt++) {
      const given = Math.floor(value / 2 ** i) % 2;
      const bit =
        learnt < LEARNT_BITS ? coder.code(this.upper, length * UPPER_CONTEXTS + node, given) : coder.codeRaw(given);
      if (learnt < LEARNT_BITS) node = 2 * node + bit;
      read = read * 2 + bit;
    }
    return read;
  }

  /** Six bits as a binary tree: the first tells more than 31 from less. */
  private codeLength(coder: BitCoder, context: number, length: number): number {
    let node = 1;
    for (let i = 5; i >= 0; i--) {
      node = 2 * node + coder.code(this.lengths, context * LENGTH_CONTEXTS + node, (length >>> i) & 1);
    }
    return Math.min(node - LENGTH_CONTEXTS, MAX_BITS);
  }
}

export const bitLength = (value: number): number => (value === 0 ? 0 : 32 - Math.clz32(value));
