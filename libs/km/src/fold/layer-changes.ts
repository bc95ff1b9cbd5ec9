import type { WeightMap } from '@kernelcast/artifact';
import { parameterSpecs } from '@kernelcast/nets';
import type { BaseNetwork } from '@kernelcast/nets';
import { fold } from './fold.js';

/** How far a modulator moves one layer of the base. */
export interface LayerChange {
  readonly layer: string;
  /** ‖W' − W‖ / ‖W‖, Frobenius norms over all parameters of the layer; null where the base's are all zero. */
  readonly change: number | null;
}

/**
 * How far a modulator moves each layer of its base, of whatever method it is: by the weights as they are folded, so
 * that the statistics of a task that went into γ and β count as well. The head is no layer of the base.
 *
 * @param tensors - an artifact's tensors, best as its encoding rounds them
 * @throws {ModulatorMismatchError} as {@link fold}
 */
export function layerChanges(base: Pick<BaseNetwork, 'graph' | 'weights'>, tensors: WeightMap): LayerChange[] {
  const folded = fold(base, tensors);
  const sums = new Map<string, { moved: number; whole: number }>();
  for (const { layer, name, trainable } of parameterSpecs(base.graph)) {
    if (!trainable) continue;
    const [before, after] = [base.weights.get(name)?.data, folded.get(name)?.data];
    const sum = sums.get(layer) ?? { moved: 0, whole: 0 };
    before?.forEach((value, n) => {
      sum.moved += ((after?.[n] ?? NaN) - value) ** 2;
      sum.whole += value ** 2;
    });
    sums.set(layer, sum);
  }
  return [...sums].map(([layer, { moved, whole }]) => ({ layer, change: ratio(moved, whole) }));
}

function ratio(moved: number, whole: number): number | null {
  if (moved === 0) return 0;
  return whole === 0 ? null : Math.sqrt(moved / whole);
}
