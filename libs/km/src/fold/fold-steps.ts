import { GOLDEN_LOGITS, HEAD_BIAS, HEAD_KERNEL } from '@kernelcast/artifact';
import type { FloatTensor, WeightMap } from '@kernelcast/artifact';
import { parameterSpecs } from '@kernelcast/nets';
import type { Head, KernelNode, NetworkGraph } from '@kernelcast/nets';
import { ModulatorMismatchError } from '../km.errors.js';
import { drawSigns, trainedSide } from '../kernels/one-sided.js';
import { deltaSides, modulatorSides } from '../plan/kernel-levels.js';
import type { Sides } from '../plan/kernel-levels.js';

/** What happens to one parameter of the base, named as in its weights, when a modulator is folded in. */
export type FoldStep =
  /** `W · (1 + A·B)` */
  | { readonly kind: 'lowRank'; readonly parameter: string; readonly node: KernelNode; readonly a: FloatTensor; readonly b: FloatTensor } // prettier-ignore
  /** `W · (1 + G)` */
  | { readonly kind: 'grid'; readonly parameter: string; readonly grid: FloatTensor }
  /** `W + A·B` */
  | { readonly kind: 'delta'; readonly parameter: string; readonly a: FloatTensor; readonly b: FloatTensor }
  /** `W + D`, `b + β` */
  | { readonly kind: 'offset'; readonly parameter: string; readonly offset: FloatTensor }
  /** Parameters that travel whole: γ and β of a BatchNorm, a kernel. */
  | { readonly kind: 'replace'; readonly parameter: string; readonly by: FloatTensor };

/** Tensors of an artifact that modulate no layer. */
const OTHER_TENSORS: readonly string[] = [HEAD_KERNEL, HEAD_BIAS, GOLDEN_LOGITS];

/**
 * Matches an artifact's tensors with the parameters they change, at most one step each.
 * @throws {ModulatorMismatchError} when a tensor fits no layer of the graph, or has another shape than it needs.
 */
export function foldSteps(graph: NetworkGraph, tensors: WeightMap): FoldStep[] {
  const shapes = shapesOf(graph);
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

const knownShapes = new WeakMap<NetworkGraph, Shapes>();

/** The shape of every parameter; a device asks for the same graph's at every change of tasks. */
function shapesOf(graph: NetworkGraph): Shapes {
  const known = knownShapes.get(graph);
  const shapes = known ?? new Map(parameterSpecs(graph).map(({ name, shape }) => [name, shape]));
  if (!known) knownShapes.set(graph, shapes);
  return shapes;
}

function replaceStep(parameter: string, by: FloatTensor | undefined): FoldStep[] {
  return by ? [{ kind: 'replace', parameter, by }] : [];
}

/** A kernel is changed in one way, if at all. */
function kernelSteps(node: KernelNode, shapes: Shapes, source: Source): FoldStep[] {
  const parameter = `${node.id}/kernel`;
  const shape = shapes.get(parameter) ?? [];
  const factors = source.takeFactors(`${node.id}/A`, `${node.id}/B`, modulatorSides(node));
  const signed = oneSidedFactors(node, source);
  const grid = node.op === 'depthwiseConv2d' ? source.take(`${node.id}/grid`, shape) : undefined;
  const addends = source.takeFactors(`${node.id}/deltaA`, `${node.id}/deltaB`, deltaSides(node));
  const offset = source.take(`${node.id}/delta`, shape);
  const steps: FoldStep[] = [
    ...(factors ? [{ kind: 'lowRank', parameter, node, ...factors } as const] : []),
    ...(signed ? [{ kind: 'lowRank', parameter, node, ...signed } as const] : []),
    ...(grid ? [{ kind: 'grid', parameter, grid } as const] : []),
    ...(addends ? [{ kind: 'delta', parameter, ...addends } as const] : []),
    ...(offset ? [{ kind: 'offset', parameter, offset } as const] : []),
    ...replaceStep(parameter, source.take(parameter, shape)),
  ];
  if (steps.length > 1) throw new ModulatorMismatchError(`'${parameter}' is changed in more than one way`);
  return steps;
}

/** The trained factor with the signs of the other side, as A and B. */
function oneSidedFactors(node: KernelNode, source: Source): { a: FloatTensor; b: FloatTensor } | undefined {
  const { role, rankAxis } = trainedSide(node, 0);
  const name = `${node.id}/${role}`;
  const rank = source.rankOf(name, rankAxis, Math.max(...modulatorSides(node)));
  const trained = source.take(name, trainedSide(node, rank).shape);
  if (trained === undefined) return undefined;
  const signs = drawSigns(node, rank);
  return role === 'outputs' ? { a: trained, b: signs } : { a: signs, b: trained };
}

function biasSteps(node: KernelNode, shapes: Shapes, source: Source): FoldStep[] {
  const parameter = `${node.id}/bias`;
  const shape = shapes.get(parameter);
  const offset = shape && source.take(parameter, shape);
  return offset ? [{ kind: 'offset', parameter, offset }] : [];
}

function isShape(shape: readonly number[], wanted: readonly number[]): boolean {
  return shape.length === wanted.length && shape.every((size, axis) => size === wanted[axis]);
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
    if (!isShape(tensor.shape, shape)) {
      throw new ModulatorMismatchError(`'${name}' is [${tensor.shape}], not [${shape}]`);
    }
    return tensor;
  }

  /** The size of a tensor that is a rank, 0 when it is not there. More than `most` would cost time for nothing. */
  rankOf(name: string, axis: 0 | 1, most: number): number {
    const rank = this.tensors.get(name)?.shape[axis] ?? 0;
    if (rank > most) throw new ModulatorMismatchError(`'${name}' has rank ${rank}, more than ${most}`);
    return rank;
  }

  /** A `[rows, r]` and B `[r, columns]`, of any rank r. */
  takeFactors(nameA: string, nameB: string, [rows, columns]: Sides): { a: FloatTensor; b: FloatTensor } | undefined {
    const rank = this.rankOf(nameB, 0, Math.min(rows, columns));
    const a = this.take(nameA, [rows, rank]);
    const b = this.take(nameB, [rank, columns]);
    if (a && b) return { a, b };
    if (a ?? b) throw new ModulatorMismatchError(`there is only one of '${nameA}' and '${nameB}'`);
    return undefined;
  }

  assertAllTaken(): void {
    const [stranger] = this.left;
    if (stranger !== undefined) throw new ModulatorMismatchError(`the base has no place for '${stranger}'`);
  }
}
