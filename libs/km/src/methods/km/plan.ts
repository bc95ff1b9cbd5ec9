import type { KernelNode, NetworkGraph } from '@kernelcast/nets';
import { unreachable } from '../../plan/budget.js';
import { kernelLevels, kernelWeights } from '../../plan/kernel-levels.js';
import type { KernelLevel } from '../../plan/kernel-levels.js';
import type { PlannedLayer } from '../../plan/plan.types.js';

interface Kernel {
  readonly layer: string;
  readonly weights: number;
  readonly levels: readonly KernelLevel[];
  /** Index of the chosen level. */
  chosen: number;
}

/**
 * Spends a budget on kernel modulation. BatchNorm and biases come first; then the largest rank that all kernels can
 * have in common; then what is left, one rank at a time, to the layers with the most weights per modulator parameter.
 *
 * Every kernel gets at least its first rank. Where the budget is too small for that, scales are dropped from the
 * widest BatchNorms on, which then keep their shift.
 *
 * @throws {BudgetError} when even that does not fit, with the smallest budget that would.
 */
export function planKernelModulation(graph: NetworkGraph, budgetParams: number): PlannedLayer[] {
  const kernels = graph.nodes.filter(isKernelNode).map(toKernel);
  const least = sum(kernels.map((kernel) => paramsAt(kernel, 0)));
  const { entries, params } = planFixed(graph, budgetParams - least);
  if (params + least > budgetParams) throw unreachable(graph, params + least);
  const allowed = budgetParams - params;
  raiseTogether(kernels, allowed);
  spendRest(kernels, allowed);
  for (const kernel of kernels) {
    const level = kernel.levels[kernel.chosen];
    if (level) entries.set(`${kernel.layer}/kernel`, { layer: kernel.layer, ...level });
  }
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
  for (const { id, channels } of norms) add(`${id}/norm`, { layer: id, kind: 'scaleShift', params: 2 * channels });
  for (const node of graph.nodes.filter(isKernelNode).filter(({ useBias }) => useBias)) {
    add(`${node.id}/bias`, { layer: node.id, kind: 'bias', params: outputsOf(node) });
  }
  const widestFirst = [...norms].sort((a, b) => b.channels - a.channels);
  for (const { id, channels } of widestFirst) {
    if (params <= allowed) break;
    add(`${id}/norm`, { layer: id, kind: 'shift', params: channels });
  }
  return { entries, params };
}

/** The largest common rank within `allowed`; a kernel that ends below it stays at its own last level. */
function raiseTogether(kernels: readonly Kernel[], allowed: number): void {
  const highest = Math.max(0, ...kernels.map(({ levels }) => levels.length - 1));
  for (let common = 1; common <= highest; common++) {
    const levels = kernels.map((kernel) => Math.min(common, kernel.levels.length - 1));
    if (sum(kernels.map((kernel, i) => paramsAt(kernel, levels[i] ?? 0))) > allowed) return;
    kernels.forEach((kernel, i) => (kernel.chosen = levels[i] ?? 0));
  }
}

/** Rounds over the layers, each one level up while it fits, until a round changes nothing. */
function spendRest(kernels: readonly Kernel[], allowed: number): void {
  let rest = allowed - sum(kernels.map((kernel) => paramsAt(kernel, kernel.chosen)));
  const order = [...kernels].sort((a, b) => b.weights / paramsAt(b, 0) - a.weights / paramsAt(a, 0));
  for (let changed = true; changed;) {
    changed = false;
    for (const kernel of order) {
      if (kernel.chosen + 1 >= kernel.levels.length) continue;
      const more = paramsAt(kernel, kernel.chosen + 1) - paramsAt(kernel, kernel.chosen);
      if (more > rest) continue;
      rest -= more;
      kernel.chosen++;
      changed = true;
    }
  }
}

function isKernelNode(node: NetworkGraph['nodes'][number]): node is KernelNode {
  return node.op === 'conv2d' || node.op === 'depthwiseConv2d' || node.op === 'dense';
}

function toKernel(node: KernelNode): Kernel {
  return { layer: node.id, weights: kernelWeights(node), levels: kernelLevels(node), chosen: 0 };
}

function outputsOf(node: KernelNode): number {
  if (node.op === 'dense') return node.units;
  return node.op === 'conv2d' ? node.filters : node.inChannels * node.multiplier;
}

function paramsAt(kernel: Kernel, level: number): number {
  return kernel.levels[level]?.params ?? 0;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
