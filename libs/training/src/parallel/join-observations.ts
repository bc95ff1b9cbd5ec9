import type { BatchObservation } from '@kernelcast/km';

/**
 * Mean and variance of a batch from those of its parts, exactly: `μ = Σ nₖ·μₖ / N` and
 * `v = Σ nₖ·(vₖ + (μₖ − μ)²) / N`, what parts differ by included. In double precision, in the order of the parts.
 *
 * @param parts - each part's layers, the same in the same order
 */
export function joinObservations(parts: readonly (readonly BatchObservation[])[]): BatchObservation[] {
  const [first = []] = parts;
  return first.map(({ layer, mean: { length } }, index) => {
    const observations = parts.flatMap((part) => part[index] ?? []);
    const count = observations.reduce((sum, one) => sum + one.count, 0);
    const joined = { layer, mean: new Float32Array(length), variance: new Float32Array(length), count };
    for (let c = 0; c < length; c++) {
      const average = (term: (one: BatchObservation) => number) =>
        observations.reduce((sum, one) => sum + one.count * term(one), 0) / count;
      const mean = average((one) => one.mean[c] ?? NaN);
      joined.mean[c] = mean;
      joined.variance[c] = average((one) => (one.variance[c] ?? NaN) + ((one.mean[c] ?? NaN) - mean) ** 2);
    }
    return joined;
  });
}
