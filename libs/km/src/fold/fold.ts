import type { FloatTensor, WeightMap } from '@kernelcast/artifact';
import type { BaseNetwork, Head, KernelNode, NetworkGraph } from '@kernelcast/nets';
import { ModulatorMismatchError } from '../km.errors.js';
import { modulatorSides } from '../plan/kernel-levels.js';
import { foldGrid, foldLowRank } from './fold-kernel.js';

/** Prefixes of tensors that are not modulators of a layer. */
const OTHER_TENSORS = ['head/', 'golden/'];

/**
 * The weights of a task's own network: the base's with a modulator folded in, so that running it costs what the base
 * costs. Pure arithmetic on arrays, always from the pristine base: unchanged parameters are the base's own arrays,
 * changed ones are new, and the base is never written to.
 *
 * @param tensors - an artifact's tensors; the head and the golden logits are not folded, see {@link headOf}.
 * @throws {ModulatorMismatchError} when a tensor fits no layer of the base, or has another shape than it needs.
 */
export function fold(base: Pick<BaseNetwork, 'graph' | 'weights'>, tensors: WeightMap): WeightMap {
  const source = new Source(tensors);
  const folded = new Map(base.weights);
  for (const node of base.graph.nodes) {
    if (node.op === 'batchNorm') {
      for (const [role, parameter] of [
        ['scale', 'gamma'],
        ['shift', 'beta'],
      ] as const) {
        const tensor = source.take(`${node.id}/${role}`, [node.channels]);
        if (tensor) folded.set(`${node.id}/${parameter}`, tensor);
      }
    } else if (node.op === 'conv2d' || node.op === 'depthwiseConv2d' || node.op === 'dense') {
      foldLayer(node, folded, source);
    }
  }
  source.assertAllTaken();
  return folded;
}

/**
 * The classifier of an artifact's tensors, for the folded network.
 * @throws {ModulatorMismatchError} unless it works on the graph's features.
 */
export function headOf(graph: NetworkGraph, tensors: WeightMap): Head {
  const classes = tensors.get('head/bias')?.shape[0] ?? 0;
  const source = new Source(tensors);
  const kernel = source.take('head/kernel', [graph.featureSize, classes]);
  const bias = source.take('head/bias', [classes]);
  if (kernel === undefined || bias === undefined) throw new ModulatorMismatchError('the head is missing');
  return { kernel, bias };
}

function foldLayer(node: KernelNode, folded: Map<string, FloatTensor>, source: Source): void {
  const kernel = folded.get(`${node.id}/kernel`);
  if (kernel === undefined) throw new ModulatorMismatchError(`the base has no '${node.id}/kernel'`);
  const [rows, columns] = modulatorSides(node);
  const rank = source.rankOf(`${node.id}/B`);
  const a = source.take(`${node.id}/A`, [rows, rank]);
  const b = source.take(`${node.id}/B`, [rank, columns]);
  if ((a === undefined) !== (b === undefined)) throw new ModulatorMismatchError(`'${node.id}' has one of A and B only`);
  if (a && b) folded.set(`${node.id}/kernel`, foldLowRank(node, kernel, a, b));
  if (node.op === 'depthwiseConv2d') {
    const grid = source.take(`${node.id}/grid`, kernel.shape);
    if (grid) folded.set(`${node.id}/kernel`, foldGrid(kernel, grid));
  }
  const bias = folded.get(`${node.id}/bias`);
  const offset = bias && source.take(`${node.id}/bias`, bias.shape);
  if (bias && offset) {
    const data = bias.data.map((value, c) => value + (offset.data[c] ?? NaN));
    folded.set(`${node.id}/bias`, { shape: [...bias.shape], data });
  }
}

/** Hands out tensors by name after checking their shape, and knows which were never asked for. */
class Source {
  private readonly left: Set<string>;

  constructor(private readonly tensors: WeightMap) {
    this.left = new Set([...tensors.keys()].filter((name) => !OTHER_TENSORS.some((prefix) => name.startsWith(prefix))));
  }

  take(name: string, shape: readonly number[]): FloatTensor | undefined {
    const tensor = this.tensors.get(name);
    if (tensor === undefined) return undefined;
    this.left.delete(name);
    if (String(tensor.shape) !== String(shape)) {
      throw new ModulatorMismatchError(`'${name}' is [${tensor.shape}], not [${shape}]`);
    }
    return tensor;
  }

  /** First size of a tensor, 0 when it is not there. */
  rankOf(name: string): number {
    return this.tensors.get(name)?.shape[0] ?? 0;
  }

  assertAllTaken(): void {
    const [stranger] = this.left;
    if (stranger !== undefined) throw new ModulatorMismatchError(`the base has no place for '${stranger}'`);
  }
}
