import type { KernelNode, NetworkGraph } from '@kernelcast/nets';
import { unreachable } from '../../plan/budget.js';
import { kernelLevels, kernelWeights } from '../../plan/kernel-levels.js';
import type { KernelLevel } from '../../plan/kernel-levels.js';
import { isKernelNode } from '../../plan/layers.js';
import type { PlannedLayer } from '../../plan/plan.types.js';
import { raiseLevels } from '../../plan/raise-levels.js';
import type { Adaptable } from '../../plan/raise-levels.js';

interface Kernel extends Adaptable {
  readonly layer: string;
  readonly levels: readonly KernelLevel[];
}

/**
 * Spends a budget on kernel modulation. BatchNorm and biases come first; then the largest rank that all kernels can
 * have in common; then as much as possible of what is left, preferring layers with the most weights per parameter.
 *
 * Every kernel gets at least its first rank. Where the budget is too small for that, scales are dropped from the
 * widest BatchNorms on, which then keep their shift.
 *
 * @throws {BudgetError} when even that does not fit, with the smallest budget that would.
 */
export function planKernelModulation(graph: NetworkGraph, budgetParams: number): PlannedLayer[] {
  const kernels = graph.nodes.filter(isKernelNode).map(toKernel);
  const least = sum(kernels.map(({ costs }) => costs[0] ?? 0));
  const { entries, params } = planFixed(graph, budgetParams - least);
  if (params + least > budgetParams) throw unreachable(graph, params + least);
  const chosen = raiseLevels(kernels, budgetParams - params, 0);
  kernels.forEach(({ layer, levels }, i) => {
    const level = levels[chosen[i] ?? 0];
    if (level) entries.set(`${layer}/kernel`, { layer, ...level, sent: level.params });
  });
  return graph.nodes.flatMap(({ id }) =>
    ['kernel', 'bias', 'norm'].flatMap((slot) => entries.get(`${id}/${slot}`) ?? []),
  );
}

/** BatchNorms and biases, with as many scales as `allowed` has room for. */
function planFixed(graph: NetworkGraph, allowed: number): { entries: Map<string, PlannedLayer>; params: number } {
  const entries = new Map<string, PlannedLayer>();
  let params = 0;
  const add = (slot: string, entry: PlannedLayer) => {
    params += entry.params - (entries.get(slot)?.params ?? 0);
    entries.set(slot, entry);
  };
  const norms = graph.nodes.filter((node) => node.op === 'batchNorm');
  for (const { id, channels } of norms)
    add(`${id}/norm`, { layer: id, kind: 'scaleShift', params: 2 * channels, sent: 2 * channels });
  for (const node of graph.nodes.filter(isKernelNode).filter(({ useBias }) => useBias)) {
    add(`${node.id}/bias`, { layer: node.id, kind: 'bias', params: outputsOf(node), sent: outputsOf(node) });
  }
  const widestFirst = [...norms].sort((a, b) => b.channels - a.channels);
  for (const { id, channels } of widestFirst) {
    if (params <= allowed) break;
    add(`${id}/norm`, { layer: id, kind: 'shift', params: channels, sent: channels });
  }
  return { entries, params };
}

function toKernel(node: KernelNode): Kernel {
  const levels = kernelLevels(node);
  const costs = levels.map(({ params }) => params);
  return { layer: node.id, levels, costs, worth: kernelWeights(node) / (costs[0] ?? 1) };
}

function outputsOf(node: KernelNode): number {
  if (node.op === 'dense') return node.units;
  return node.op === 'conv2d' ? node.filters : node.inChannels * node.multiplier;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
