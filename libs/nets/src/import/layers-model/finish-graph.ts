import type { FloatTensor } from '@kernelcast/artifact';
import type { ActivationNode, AddNode, BatchNormNode, GraphNode } from '../../graph/graph.types.js';
import { inputsOf } from '../../graph/shapes.js';
import type { Head } from '../../inference/runner.js';
import type { Value } from './conversion.js';

/**
 * Takes the classifier off a graph: the dense layer that yields the model's output, a softmax behind it or not.
 * Undefined when the output is something else, or the dense layer is read within the graph.
 */
export function splitHead(nodes: GraphNode[], weights: Map<string, FloatTensor>, output: Value): Head | undefined {
  const last = nodes.at(-1);
  if (last?.op !== 'dense' || last.id !== output.id || nodes.length === 1) return undefined;
  const [kernel, bias] = [weights.get(`${last.id}/kernel`), weights.get(`${last.id}/bias`)];
  // Its reader would come after it.
  if (kernel === undefined) return undefined;
  nodes.pop();
  weights.delete(`${last.id}/kernel`);
  weights.delete(`${last.id}/bias`);
  return { kernel, bias: bias ?? { shape: [last.units], data: new Float32Array(last.units) } };
}

/** Makes activations part of the BatchNorm or sum before them where nobody else reads that. */
export function fuseActivations(nodes: readonly GraphNode[]): GraphNode[] {
  const readers = new Map<string, number>();
  for (const id of nodes.flatMap(inputsOf)) readers.set(id, (readers.get(id) ?? 0) + 1);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const fused = new Map<string, ActivationNode>();
  for (const node of nodes) {
    const source = node.op === 'activation' ? byId.get(node.input) : undefined;
    if (node.op === 'activation' && canActivate(source) && readers.get(source.id) === 1) fused.set(source.id, node);
  }
  const gone = new Map([...fused].map(([id, node]) => [node.id, id]));
  const rename = (id: string): string => gone.get(id) ?? id;
  return nodes
    .filter((node) => !gone.has(node.id))
    .map((node) => {
      const activation = fused.get(node.id)?.activation;
      const own = activation !== undefined && canActivate(node) ? { ...node, activation } : node;
      if (own.op !== 'add') return { ...own, input: rename(own.input) };
      return { ...own, inputs: [rename(own.inputs[0]), rename(own.inputs[1])] };
    });
}

function canActivate(node: GraphNode | undefined): node is BatchNormNode | AddNode {
  return (node?.op === 'batchNorm' || node?.op === 'add') && node.activation === 'none';
}
