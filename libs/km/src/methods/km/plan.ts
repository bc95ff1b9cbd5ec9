import type { KernelNode, NetworkGraph } from '@kernelcast/nets';
import { unreachable } from '../../plan/budget.js';
import { kernelLevels, kernelWeights, oneSidedLevels } from '../../plan/kernel-levels.js';
import type { KernelLevel } from '../../plan/kernel-levels.js';
import { isKernelNode, layersOf, paramsOf } from '../../plan/layers.js';
import type { Allowance, PlannedLayer } from '../../plan/plan.types.js';
import { raiseLevels } from '../../plan/raise-levels.js';
import { scalesByWorth } from './scales.js';

/** One way to adapt all of a network, before ranks are chosen. */
interface Outline {
  /** BatchNorms that train no scale. */
  readonly unscaled: ReadonlySet<string>;
  /** What these get. Where only what is trained counts, the task's variance comes for nothing. */
  readonly unscaledKind: 'beta' | 'shift';
  readonly levelsOf: (node: KernelNode) => readonly KernelLevel[];
}

/**
 * Spends a budget on kernel modulation. Every kernel, bias and BatchNorm is adapted whatever the budget; how depends
 * on it. The first of these that fits is taken, its ranks then raised together as far as the budget goes:
 *
 * 1. two trained factors for each kernel, scale and shift for each BatchNorm;
 * 2. the same, without scales that would be redundant, the widest BatchNorms' first;
 * 3. one trained factor for each kernel, and no redundant scale;
 * 4. the same, with fewer and fewer of the other scales, again the widest first.
 *
 * A BatchNorm without a scale still takes the task's variance, by a scale that travels but is not trained, unless
 * the budget counts what travels.
 *
 * @throws {BudgetError} when even one number per channel and shorter side of a kernel do not fit.
 */
export function planKernelModulation(graph: NetworkGraph, { params, counts }: Allowance): PlannedLayer[] {
  let least = 0;
  for (const outline of outlines(graph, counts === 'trained' ? 'beta' : 'shift')) {
    least = paramsOf(layersAt(graph, outline, () => 0));
    if (least <= params) return raise(graph, outline, params);
  }
  throw unreachable(graph, least);
}

/** From the most to the least that an adaptation can take. */
function* outlines(graph: NetworkGraph, unscaledKind: Outline['unscaledKind']): Generator<Outline> {
  const { redundant, needed } = scalesByWorth(graph);
  for (let count = 0; count <= redundant.length; count++) {
    yield { unscaled: new Set(redundant.slice(0, count)), unscaledKind, levelsOf: kernelLevels };
  }
  for (let count = 0; count <= needed.length; count++) {
    yield { unscaled: new Set([...redundant, ...needed.slice(0, count)]), unscaledKind, levelsOf: oneSidedLevels };
  }
}

function raise(graph: NetworkGraph, outline: Outline, budgetParams: number): PlannedLayer[] {
  const nodes = graph.nodes.filter(isKernelNode);
  const kernels = nodes.map((node) => {
    const costs = outline.levelsOf(node).map(({ params }) => params);
    return { costs, worth: kernelWeights(node) / (costs[0] ?? 1) };
  });
  const fixed = paramsOf(layersAt(graph, outline, () => -1));
  const chosen = raiseLevels(kernels, budgetParams - fixed, 0);
  const levels = new Map(nodes.map(({ id }, i) => [id, chosen[i] ?? 0]));
  return layersAt(graph, outline, ({ id }) => levels.get(id) ?? 0);
}

/** @param levelOf - index of a kernel's size; −1 leaves it out */
function layersAt(graph: NetworkGraph, outline: Outline, levelOf: (node: KernelNode) => number): PlannedLayer[] {
  return layersOf(graph, {
    kernel: (node) => outline.levelsOf(node)[levelOf(node)],
    bias: () => 'bias',
    norm: ({ id }) => (outline.unscaled.has(id) ? outline.unscaledKind : 'scaleShift'),
  });
}
