import type { FloatTensor, WeightMap } from '@kernelcast/artifact';
import type { BaseNetwork } from '@kernelcast/nets';
import { weightOf } from '../modulators/tensors.js';
import { foldDelta, foldGrid, foldLowRank } from './fold-kernel.js';
import { foldSteps } from './fold-steps.js';
import type { FoldStep } from './fold-steps.js';

/**
 * The weights of a task's own network: the base's with a modulator folded in, so that running it costs what the base
 * costs. Pure arithmetic on arrays, always from the pristine base: unchanged parameters are the base's own arrays,
 * changed ones are new, and the base is never written to.
 *
 * @param tensors - an artifact's tensors; the head and the golden logits are not folded, see {@link headOf}.
 * @throws {ModulatorMismatchError} when a tensor fits no layer of the base, or has another shape than it needs.
 */
export function fold({ graph, weights }: Pick<BaseNetwork, 'graph' | 'weights'>, tensors: WeightMap): WeightMap {
  const folded = new Map(weights);
  for (const step of foldSteps(graph, tensors)) folded.set(step.parameter, applyStep(step, weights));
  return folded;
}

function applyStep(step: FoldStep, weights: WeightMap): FloatTensor {
  if (step.kind === 'replace') return step.by;
  const base = weightOf(weights, step.parameter);
  switch (step.kind) {
    case 'lowRank':
      return foldLowRank(step.node, base, step.a, step.b);
    case 'grid':
      return foldGrid(base, step.grid);
    case 'delta':
      return foldDelta(base, step.a, step.b);
    case 'offset':
      return { shape: [...base.shape], data: base.data.map((value, c) => value + (step.offset.data[c] ?? NaN)) };
  }
}
