import { GOLDEN_LOGITS, HEAD_BIAS, HEAD_KERNEL } from '@kernelcast/artifact';
import type { FloatTensor, WeightMap } from '@kernelcast/artifact';
import { parameterSpecs } from '@kernelcast/nets';
import type { Head, KernelNode, NetworkGraph } from '@kernelcast/nets';
import { ModulatorMismatchError } from '../km.errors.js';
import { modulatorSides } from '../plan/kernel-levels.js';

/** What happens to one parameter of the base, named as in its weights, when a modulator is folded in. */
export type FoldStep =
  /** `W · (1 + A·B)` */
  | { readonly kind: 'lowRank'; readonly parameter: string; readonly node: KernelNode; readonly a: FloatTensor; readonly b: FloatTensor } // prettier-ignore
  /** `W · (1 + G)` */
  | { readonly kind: 'grid'; readonly parameter: string; readonly grid: FloatTensor }
  /** `b + β` */
  | { readonly kind: 'offset'; readonly parameter: string; readonly offset: FloatTensor }
  /** γ and β of a BatchNorm, which travel whole. */
  | { readonly kind: 'replace'; readonly parameter: string; readonly by: FloatTensor };

/** Tensors of an artifact that modulate no layer. */
const OTHER_TENSORS: readonly string[] = [HEAD_KERNEL, HEAD_BIAS, GOLDEN_LOGITS];

/**
 * Matches an artifact's tensors with the parameters they change, at most one step each.
 * @throws {ModulatorMismatchError} when a tensor fits no layer of the graph, or has another shape than it needs.
 */
export function foldSteps(graph: NetworkGraph, tensors: WeightMap): FoldStep[] {
  const shapes = new Map(parameterSpecs(graph).map(({ name, shape }) => [name, shape]));
  const source = new Source(tensors);
  const steps = graph.nodes.flatMap((node): FoldStep[] => {
    switch (node.op) {
      case 'batchNorm':
        return [
          ...replaceStep(`${node.id}/gamma`, source.take(`${node.id}/scale`, [node.channels])),
          ...replaceStep(`${node.id}/beta`, source.take(`${node.id}/shift`, [node.channels])),
        ];
      case 'conv2d':
      case 'depthwiseConv2d':
      case 'dense':
        return [...kernelSteps(node, shapes, source), ...biasSteps(node, shapes, source)];
      default:
        return [];
    }
  });
  source.assertAllTaken();
  return steps;
}

/**
 * The classifier of an artifact's tensors, for the folded network.
 * @throws {ModulatorMismatchError} unless it works on the graph's features.
 */
export function headOf(graph: NetworkGraph, tensors: WeightMap): Head {
  const classes = tensors.get(HEAD_BIAS)?.shape[0] ?? 0;
  const source = new Source(tensors);
  const kernel = source.take(HEAD_KERNEL, [graph.featureSize, classes]);
  const bias = source.take(HEAD_BIAS, [classes]);
  if (kernel === undefined || bias === undefined) throw new ModulatorMismatchError('the head is missing');
  return { kernel, bias };
}

type Shapes = ReadonlyMap<string, readonly number[]>;

function replaceStep(parameter: string, by: FloatTensor | undefined): FoldStep[] {
  return by ? [{ kind: 'replace', parameter, by }] : [];
}

function kernelSteps(node: KernelNode, shapes: Shapes, source: Source): FoldStep[] {
  const parameter = `${node.id}/kernel`;
  const [rows, columns] = modulatorSides(node);
  const rank = source.rankOf(`${node.id}/B`);
  const a = source.take(`${node.id}/A`, [rows, rank]);
  const b = source.take(`${node.id}/B`, [rank, columns]);
  if ((a === undefined) !== (b === undefined)) throw new ModulatorMismatchError(`'${node.id}' has one of A and B only`);
  const isDepthwise = node.op === 'depthwiseConv2d';
  const grid = isDepthwise ? source.take(`${node.id}/grid`, shapes.get(parameter) ?? []) : undefined;
  if (a && grid) throw new ModulatorMismatchError(`'${node.id}' has both factors and a grid`);
  if (grid) return [{ kind: 'grid', parameter, grid }];
  return a && b ? [{ kind: 'lowRank', parameter, node, a, b }] : [];
}

function biasSteps(node: KernelNode, shapes: Shapes, source: Source): FoldStep[] {
  const parameter = `${node.id}/bias`;
  const shape = shapes.get(parameter);
  const offset = shape && source.take(parameter, shape);
  return offset ? [{ kind: 'offset', parameter, offset }] : [];
}

/** Hands out tensors by name after checking their shape, and knows which were never asked for. */
class Source {
  private readonly left: Set<string>;

  constructor(private readonly tensors: WeightMap) {
    this.left = new Set([...tensors.keys()].filter((name) => !OTHER_TENSORS.includes(name)));
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
