/** Probabilities are of a zero bit, in 1/65536. */
const EVEN = 1 << 15;
const ONE = 1 << 16;
/** Two estimates, one that follows quickly and one that is exact in the long run; their mean is used. */
const FAST = 5;
const SLOW = 7;

/** Adaptive probabilities of many bits, each with a context of its own. All in integers: every device agrees. */
export class BitModel {
  private readonly fast: Uint16Array;
  private readonly slow: Uint16Array;

  constructor(contexts: number) {
    this.fast = new Uint16Array(contexts).fill(EVEN);
    this.slow = new Uint16Array(contexts).fill(EVEN);
  }

  /** Of a zero, in 1/4096, from 1 to 4095. */
  zero(context: number): number {
    const sum = (this.fast[context] ?? EVEN) + (this.slow[context] ?? EVEN);
    return Math.min(Math.max(sum >>> 5, 1), 4095);
  }

  learn(context: number, bit: number): void {
    const target = bit === 0 ? ONE - 1 : 0;
    this.fast[context] = moved(this.fast[context] ?? EVEN, target, FAST);
    this.slow[context] = moved(this.slow[context] ?? EVEN, target, SLOW);
  }
}

const moved = (estimate: number, target: number, rate: number): number => estimate + ((target - estimate) >> rate);
