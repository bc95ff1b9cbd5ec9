import { createPrng } from '@kernelcast/artifact';
import type { FloatTensor, ModulatorEncoding, WeightMap } from '@kernelcast/artifact';
import { createRunner } from '@kernelcast/nets';
import type { BaseNetwork, NetworkGraph } from '@kernelcast/nets';
import { headOf } from '../fold/fold-steps.js';
import { fold } from '../fold/fold.js';

/** Inputs of a golden check. */
export const GOLDEN_COUNT = 4;

/**
 * Largest difference of a golden logit, as a share of the largest logit's magnitude. Golden logits are computed from
 * the tensors as their encoding rounds them, so that no encoding needs more than the others: what remains is the
 * order in which backends add in single precision. A wrong or missing layer differs by tenths.
 */
export const GOLDEN_TOLERANCE: Readonly<Record<ModulatorEncoding, number>> = { f32: 2e-3, f16: 2e-3, i8: 2e-3 };

/**
 * Inputs for a golden check, `[4, h, w, c]` in the network's own (normalised) space: standard normal draws of the
 * specified generator, row by row, so that any platform makes the same from the seed.
 */
export function goldenInputs(graph: NetworkGraph, seed: number): Float32Array {
  const { height, width, channels } = graph.input;
  const prng = createPrng(seed);
  return Float32Array.from({ length: GOLDEN_COUNT * height * width * channels }, () => prng.nextNormal());
}

/**
 * Logits `[4, classes]` that a device must find for the golden inputs, as the artifact's `golden/logits`.
 * The backend must have been set before.
 *
 * @param tensors - the artifact's tensors, already rounded to its encoding.
 */
export function goldenLogits(base: BaseNetwork, tensors: WeightMap, seed: number): FloatTensor {
  const head = headOf(base.graph, tensors);
  const runner = createRunner({ graph: base.graph, weights: fold(base, tensors) }, head);
  try {
    const data = runner.predictNormalised(goldenInputs(base.graph, seed));
    return { shape: [GOLDEN_COUNT, head.bias.data.length], data };
  } finally {
    runner.dispose();
  }
}

/** Whether a device's logits are the expected ones, within the tolerance of their encoding. */
export function goldenMatches(actual: Float32Array, expected: Float32Array, encoding: ModulatorEncoding): boolean {
  const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const allowed = GOLDEN_TOLERANCE[encoding] * Math.max(largest, Number.MIN_VALUE);
  return (
    actual.length === expected.length && actual.every((value, i) => Math.abs(value - (expected[i] ?? NaN)) <= allowed)
  );
}
