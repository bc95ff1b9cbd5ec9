/**
 * A small, specified source of pseudo-random numbers: the same seed gives the same sequence on every platform.
 * Byte-exact specification and test vectors: docs/formats/prng.md. Not for secrets.
 */
export interface Prng {
  /** An integer in [0, 2^32). */
  nextUint32(): number;
  /** A multiple of 2^-24 in [0, 1), so it is exact in single precision as well. */
  nextFloat(): number;
  /** A draw from the standard normal distribution. It consumes exactly two integers; no spare is kept. */
  nextNormal(): number;
  /** The four state words, to store in a checkpoint. */
  getState(): number[];
  /** Continues from a stored state. @throws RangeError unless it is four unsigned 32-bit integers, not all zero. */
  setState(state: readonly number[]): void;
}

type State = [number, number, number, number];

const STATE_WORDS = 4;
const UINT32_RANGE = 2 ** 32;
/** Single precision holds 24 bits; the low 8 bits of an integer are dropped. */
const FLOAT_STEP = 2 ** -24;

/**
 * xoshiro128** 1.1 (Blackman, Vigna: "Scrambled linear pseudorandom number generators", 2021), its state filled by
 * splitmix32 from one seed.
 *
 * @param seed an unsigned 32-bit integer
 * @throws RangeError for any other seed, as folding it silently would give two seeds one sequence.
 */
export function createPrng(seed: number): Prng {
  if (!isUint32(seed)) throw new RangeError(`a seed is an integer in [0, 2^32), not ${seed}`);
  const mix = splitmix32(seed);
  return new Xoshiro128([mix(), mix(), mix(), mix()]);
}

class Xoshiro128 implements Prng {
  constructor(private state: State) {}

  nextUint32(): number {
    const [a, b, c, d] = this.state;
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const s2 = c ^ a;
    const s3 = d ^ b;
    this.state = [(a ^ s3) >>> 0, (b ^ s2) >>> 0, (s2 ^ (b << 9)) >>> 0, rotateLeft(s3, 11)];
    return result;
  }

  nextFloat(): number {
    return (this.nextUint32() >>> 8) * FLOAT_STEP;
  }

  nextNormal(): number {
    // Box-Muller; 1 − u lies in (0, 1], so the logarithm is finite and |result| ≤ √(48·ln 2) ≈ 5.77.
    const radius = Math.sqrt(-2 * Math.log(1 - this.nextFloat()));
    return radius * Math.cos(2 * Math.PI * this.nextFloat());
  }

  getState(): number[] {
    return [...this.state];
  }

  setState(state: readonly number[]): void {
    const [a, b, c, d] = state;
    const valid = state.length === STATE_WORDS && state.every(isUint32) && state.some((word) => word !== 0);
    if (!valid || a === undefined || b === undefined || c === undefined || d === undefined) {
      throw new RangeError('a generator state is four unsigned 32-bit integers, not all zero');
    }
    this.state = [a, b, c, d];
  }
}

/** A Weyl sequence under the two-round "lowbias32" mixer; spreads nearby seeds over the whole state space. */
function splitmix32(seed: number): () => number {
  let weyl = seed;
  return () => {
    weyl = (weyl + 0x9e3779b9) >>> 0;
    let z = weyl;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
}

function rotateLeft(word: number, bits: number): number {
  return ((word << bits) | (word >>> (32 - bits))) >>> 0;
}

function isUint32(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < UINT32_RANGE;
}
