import * as tf from '@tensorflow/tfjs-core';

/** Deterministic numbers for tests: Mulberry32. */
export class TestRandom {
  constructor(private state: number) {}

  /** Uniform in [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  integer(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.integer(0, choices.length - 1)] as T;
  }

  /** Uniform in [-1, 1). */
  values(count: number): Float32Array {
    return Float32Array.from({ length: count }, () => this.next() * 2 - 1);
  }
}

export interface Operand {
  readonly shape: number[];
  readonly values: Float32Array;
}

export function operand(random: TestRandom, shape: number[]): Operand {
  return { shape, values: random.values(tf.util.sizeFromShape(shape)) };
}

/** Runs `compute` on a backend with the operands as tensors, and returns its results' values. */
export async function evaluate(
  backend: string,
  operands: readonly Operand[],
  compute: (...tensors: tf.Tensor[]) => tf.Tensor[],
): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  const results = tf.tidy(() => compute(...operands.map(({ values, shape }) => tf.tensor(values, shape))));
  const values = results.map((result) => result.dataSync<'float32'>().slice());
  tf.dispose(results);
  return values;
}

/** `|actual - expected| / |expected|` in the Euclidean norm. */
export function relativeError(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length) return Infinity;
  let difference = 0;
  let norm = 0;
  expected.forEach((value, i) => {
    difference += ((actual[i] ?? NaN) - value) ** 2;
    norm += value ** 2;
  });
  return Math.sqrt(difference / Math.max(norm, 1e-30));
}
