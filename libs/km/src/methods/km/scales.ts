import { inputsOf } from '@kernelcast/nets';
import type { GraphNode, NetworkGraph } from '@kernelcast/nets';

/** Ids of BatchNorms, the widest first. */
export interface ScalesByWorth {
  readonly redundant: readonly string[];
  readonly needed: readonly string[];
}

/**
 * Which BatchNorms a trained scale is worth its parameters.
 *
 * Where a BatchNorm is read by depthwise convolutions alone, and these by BatchNorms that normalise by the task's
 * variance, a scale changes next to nothing that a shift does not: with `γ·x + β` rectified to
 * `γ · max(x + β/γ, 0)`, each channel of the depthwise convolution is multiplied by γ as a whole, and the BatchNorm
 * behind divides by it again. That is exact for ReLU and γ > 0; ReLU6 also moves where it clips. On a MobileNet these
 * are the expansions, nearly half of all channels.
 */
export function scalesByWorth(graph: NetworkGraph): ScalesByWorth {
  const readers = new Map<string, GraphNode[]>();
  for (const node of graph.nodes) {
    for (const id of inputsOf(node)) readers.set(id, [...(readers.get(id) ?? []), node]);
  }
  const readBy = (node: GraphNode) => readers.get(node.id) ?? [];
  const redundant = new Set<string>();
  // From the end, as the BatchNorm behind must keep its scale.
  for (const node of [...graph.nodes].reverse().filter(({ op }) => op === 'batchNorm')) {
    const behind = readBy(node).map((reader) => (reader.op === 'depthwiseConv2d' ? readBy(reader) : []));
    const isNormalised = (all: readonly GraphNode[]) =>
      all.length > 0 && all.every(({ id, op }) => op === 'batchNorm' && !redundant.has(id));
    if (behind.length > 0 && behind.every(isNormalised)) redundant.add(node.id);
  }
  const widestFirst = graph.nodes.filter((node) => node.op === 'batchNorm').sort((a, b) => b.channels - a.channels);
  const ids = widestFirst.map(({ id }) => id);
  return { redundant: ids.filter((id) => redundant.has(id)), needed: ids.filter((id) => !redundant.has(id)) };
}
