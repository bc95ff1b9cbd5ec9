import * as tf from '@tensorflow/tfjs-core';
import type { BackendWasm } from '@tensorflow/tfjs-backend-wasm';
import { TRAINING_KERNELS } from '../generated/training-kernels.generated.js';
import { registerWasmKernels } from '../wasm/register-kernels.js';
import { evaluate, type Operand } from './random.js';

/**
 * Both backends sum float32 products, in different orders: of sums of up to some thousands of terms the error stays a
 * few times 1e-7 of the largest value. A wrong term is off by orders of magnitude more.
 */
export const TOLERANCE = 1e-5;

/** Chooses the build of our kernels; the wasm backend must have been loaded. */
async function useBuild(build: 'SIMD' | 'relaxed SIMD'): Promise<void> {
  await tf.setBackend('wasm');
  const relaxedSimd = build === 'relaxed SIMD';
  const support = await registerWasmKernels(tf.backend() as BackendWasm, { builds: TRAINING_KERNELS, relaxedSimd });
  if (support.relaxedSimd !== relaxedSimd) throw new Error(`this runtime has no ${build}`);
}

/** Largest difference, as a share of the largest expected magnitude; infinite where sizes or NaN differ. */
function largestError(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length) return Infinity;
  let difference = 0;
  let largest = 0;
  expected.forEach((value, i) => {
    const one = actual[i] ?? NaN;
    if (Object.is(one, value)) return;
    difference = Math.max(difference, Number.isNaN(one - value) ? Infinity : Math.abs(one - value));
    largest = Math.max(largest, Math.abs(value));
  });
  return difference === 0 ? 0 : difference / Math.max(largest, Number.MIN_VALUE);
}

/** Largest error of all results of `compute` on wasm, in both builds, against cpu. */
export async function errorOnWasm(
  operands: readonly Operand[],
  compute: (...tensors: tf.Tensor[]) => tf.Tensor[],
): Promise<number> {
  const expected = await evaluate('cpu', operands, compute);
  let worst = 0;
  for (const build of ['SIMD', 'relaxed SIMD'] as const) {
    await useBuild(build);
    const before = tf.memory().numTensors;
    const actual = await evaluate('wasm', operands, compute);
    if (tf.memory().numTensors !== before) throw new Error(`${tf.memory().numTensors - before} tensors leaked`);
    actual.forEach((values, i) => (worst = Math.max(worst, largestError(values, expected[i] as Float32Array))));
  }
  return worst;
}

/** The operation's result, and its gradients under a loss that weighs every output differently. */
export function withGradients(
  operation: (...tensors: tf.Tensor[]) => tf.Tensor,
  weigh: (count: number) => Float32Array,
): (...tensors: tf.Tensor[]) => tf.Tensor[] {
  return (...tensors) => {
    const y = operation(...tensors);
    const weights = tf.tensor(weigh(y.size), y.shape);
    const loss = (...inputs: tf.Tensor[]): tf.Scalar => tf.sum(tf.mul(operation(...inputs), weights));
    return [y, ...tf.grads(loss)(tensors)];
  };
}
