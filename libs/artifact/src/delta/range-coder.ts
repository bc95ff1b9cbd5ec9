import { BitModel } from './bit-model.js';
import { DeltaError } from './delta.error.js';

/**
 * Binary range coder with carry propagation, after G. N. N. Martin, "Range encoding" (1979), in the byte-wise form of
 * the LZMA specification (Igor Pavlov, public domain): 32-bit range, the first byte of a stream is zero.
 */
const TOP = 2 ** 24;
const WORD = 2 ** 32;
const FLUSH_BYTES = 5;

/** What is written and read alike: a coder that writes gives back the bit it was given. */
export interface BitCoder {
  /** @param bit - to be written; ignored when reading */
  code(model: BitModel, context: number, bit: number): number;
  /** The same for a bit of which nothing is known. */
  codeRaw(bit: number): number;
}

export class RangeEncoder implements BitCoder {
  private readonly bytes: number[] = [];
  /** Up to 33 bits, so not an integer of bit operations. */
  private low = 0;
  private range = WORD - 1;
  private cache = 0;
  private pending = 1;

  code(model: BitModel, context: number, bit: number): number {
    const bound = (this.range >>> 12) * model.zero(context);
    this.narrow(bit, bound);
    model.learn(context, bit);
    return bit;
  }

  codeRaw(bit: number): number {
    this.narrow(bit, this.range >>> 1);
    return bit;
  }

  finish(): Uint8Array {
    for (let i = 0; i < FLUSH_BYTES; i++) this.shiftLow();
    return Uint8Array.from(this.bytes);
  }

  private narrow(bit: number, bound: number): void {
    if (bit === 0) {
      this.range = bound;
    } else {
      this.low += bound;
      this.range -= bound;
    }
    while (this.range < TOP) {
      this.range = (this.range * 256) % WORD;
      this.shiftLow();
    }
  }

  /** Lets the upper byte go as soon as no carry can reach it any more. */
  private shiftLow(): void {
    if (this.low < 0xff000000 || this.low >= WORD) {
      const carry = this.low >= WORD ? 1 : 0;
      this.bytes.push((this.cache + carry) & 0xff);
      for (; this.pending > 1; this.pending--) this.bytes.push((0xff + carry) & 0xff);
      this.pending = 0;
      this.cache = Math.floor(this.low / TOP) & 0xff;
    }
    this.pending++;
    this.low = (this.low % TOP) * 256;
  }
}

export class RangeDecoder implements BitCoder {
  private position = 0;
  private range = WORD - 1;
  private word = 0;

  constructor(private readonly bytes: Uint8Array) {
    for (let i = 0; i < FLUSH_BYTES; i++) this.word = (this.word * 256 + this.next()) % WORD;
  }

  code(model: BitModel, context: number): number {
    const bound = (this.range >>> 12) * model.zero(context);
    const bit = this.narrow(bound);
    model.learn(context, bit);
    return bit;
  }

  codeRaw(): number {
    return this.narrow(this.range >>> 1);
  }

  /** @throws DeltaError when bytes are left over */
  finish(): void {
    if (this.position !== this.bytes.byteLength) throw new DeltaError('delta_invalid', 'bytes follow the end');
  }

  private narrow(bound: number): number {
    const bit = this.word < bound ? 0 : 1;
    if (bit === 0) {
      this.range = bound;
    } else {
      this.word -= bound;
      this.range -= bound;
    }
    while (this.range < TOP) {
      this.range = (this.range * 256) % WORD;
      this.word = (this.word * 256 + this.next()) % WORD;
    }
    return bit;
  }

  private next(): number {
    const byte = this.bytes[this.position++];
    if (byte === undefined) throw new DeltaError('delta_invalid', 'the bytes end early');
    return byte;
  }
}
