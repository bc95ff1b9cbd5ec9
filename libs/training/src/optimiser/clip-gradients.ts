import type { GradientOf } from './optimiser.types.js';

/**
 * Gradients scaled down together so that their norm over all parameters is at most `limit` (Pascanu et al., "On the
 * difficulty of training recurrent neural networks", ICML 2013).
 *
 * @param names - of all parameters
 */
export function clipGradients(names: Iterable<string>, gradientOf: GradientOf, limit: number): GradientOf {
  let squares = 0;
  for (const name of names) squares += sumOfSquares(gradientOf(name));
  const norm = Math.sqrt(squares);
  if (!(norm > limit)) return gradientOf;
  const scale = limit / norm;
  return (name) => gradientOf(name).map((value) => value * scale);
}

function sumOfSquares(values: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] ?? 0) ** 2;
  return sum;
}
