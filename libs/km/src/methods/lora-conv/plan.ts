import type { NetworkGraph } from '@kernelcast/nets';
import { unreachable } from '../../plan/budget.js';
import { deltaLevels, kernelWeights } from '../../plan/kernel-levels.js';
import { isKernelNode, layersOf, paramsOf } from '../../plan/layers.js';
import type { NormKind } from '../../plan/layers.js';
import type { Allowance, PlannedLayer } from '../../plan/plan.types.js';
import { raiseLevels } from '../../plan/raise-levels.js';

/**
 * Spends a budget on low-rank addends. Biases and BatchNorms come first, as is usual; what is left goes to the
 * kernels, whose ranks rise together. Where it is too little for all kernels, those with the most weights per
 * parameter get theirs and the others stay the base's; where it is too little for every γ, the widest BatchNorms train
 * β only.
 *
 * @throws {BudgetError} when even biases and β do not fit.
 */
export function planLoraConv(graph: NetworkGraph, allowance: Allowance): PlannedLayer[] {
  const norms = planNorms(graph, allowance);
  const fixed = layersOf(graph, { bias: () => 'bias', norm: ({ id }) => norms.get(id) });
  const nodes = graph.nodes.filter(isKernelNode);
  const levels = nodes.map(deltaLevels);
  const kernels = nodes.map((node, i) => {
    const costs = (levels[i] ?? []).map(({ params }) => params);
    return { costs, worth: kernelWeights(node) / (costs[0] ?? 1) };
  });
  const chosen = raiseLevels(kernels, allowance.params - paramsOf(fixed), -1);
  const levelOf = new Map(nodes.map(({ id }, i) => [id, levels[i]?.[chosen[i] ?? -1]]));
  return layersOf(graph, {
    kernel: ({ id }) => levelOf.get(id),
    bias: () => 'bias',
    norm: ({ id }) => norms.get(id),
  });
}

/** γ and β of every BatchNorm, or of the widest β only; with the task's variance where it counts for nothing. */
function planNorms(graph: NetworkGraph, { params: allowed, counts }: Allowance): Map<string, NormKind> {
  const widestFirst = graph.nodes.filter((node) => node.op === 'batchNorm').sort((a, b) => b.channels - a.channels);
  const kinds = new Map<string, NormKind>(widestFirst.map(({ id }) => [id, 'scaleShift']));
  let params = paramsOf(layersOf(graph, { bias: () => 'bias', norm: () => 'scaleShift' }));
  for (const { id, channels } of widestFirst) {
    if (params <= allowed) return kinds;
    kinds.set(id, counts === 'trained' ? 'beta' : 'shift');
    params -= channels;
  }
  if (params > allowed) throw unreachable(graph, params);
  return kinds;
}
