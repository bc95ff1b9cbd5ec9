import { createPrng, elementCount } from '@kernelcast/artifact';
import type { FloatTensor, WeightMap } from '@kernelcast/artifact';
import { parameterSpecs } from '@kernelcast/nets';
import type { NetworkGraph, ParameterSpec } from '@kernelcast/nets';

/**
 * Weights of a network that has learned nothing: kernels drawn from `N(0, 2 / inputs)` (He et al. 2015,
 * arXiv 1502.01852), γ and variances one, the rest zero.
 */
export function initialWeights(graph: NetworkGraph, seed: number): WeightMap {
  const prng = createPrng(seed);
  const valueOf = (spec: ParameterSpec): FloatTensor => {
    const deviation = Math.sqrt(2 / inputsOf(spec));
    const draw: Partial<Record<ParameterSpec['kind'], () => number>> = { gamma: () => 1, variance: () => 1, bias: () => 0, beta: () => 0, mean: () => 0 }; // prettier-ignore
    const next = draw[spec.kind] ?? (() => deviation * prng.nextNormal());
    return { shape: [...spec.shape], data: Float32Array.from({ length: elementCount(spec.shape) }, next) };
  };
  return new Map(parameterSpecs(graph).map((spec) => [spec.name, valueOf(spec)]));
}

/** Numbers that one output of a kernel is a sum of. */
function inputsOf({ kind, shape }: ParameterSpec): number {
  return kind === 'depthwiseConv2d' ? elementCount(shape.slice(0, 2)) : elementCount(shape.slice(0, -1));
}
