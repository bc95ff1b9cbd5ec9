import { elementCount, parseSafetensors, toFloat32 } from '@kernelcast/artifact';
import type { FloatTensor, NamedTensor, WeightMap } from '@kernelcast/artifact';
import { BaseNetworkError } from '../base/base-network.error.js';
import { checkWeights } from '../base/base-network.js';
import type { NetworkGraph } from '../graph/graph.types.js';
import { parameterSpecs } from '../graph/parameters.js';
import type { ParameterKind, ParameterSpec } from '../graph/parameters.js';
import type { Head } from '../inference/runner.js';

/** A PyTorch state dict in our names and layouts. */
export interface TorchImport {
  readonly weights: WeightMap;
  /** The classifier the network was trained with, when the file has one. */
  readonly head?: Head;
  /** The file's own metadata. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Module name of the classifier in torchvision's ResNets. */
const HEAD_MODULE = 'fc';
/** Counters that PyTorch keeps beside moving statistics; inference has no use for them. */
const IGNORED_SUFFIX = '.num_batches_tracked';

const TORCH_NAMES: Readonly<Record<ParameterKind, string>> = {
  conv2d: 'weight',
  depthwiseConv2d: 'weight',
  dense: 'weight',
  bias: 'bias',
  gamma: 'weight',
  beta: 'bias',
  mean: 'running_mean',
  variance: 'running_var',
};

/**
 * Order in which our axes appear among PyTorch's: convolutions `[o, i, kh, kw]` become `[kh, kw, i, o]`, linear
 * layers `[out, in]` become `[in, out]`. Depthwise kernels `[c · m, 1, kh, kw]` are first seen as `[c, m, kh, kw]`.
 */
const PERMUTATIONS: Partial<Record<ParameterKind, readonly number[]>> = {
  conv2d: [2, 3, 1, 0],
  depthwiseConv2d: [2, 3, 0, 1],
  dense: [1, 0],
};

/**
 * Imports a PyTorch state dict (safetensors, torchvision's names: modules named as the graph's nodes).
 *
 * Nothing is dropped silently: a tensor that is missing, of another shape or unknown to the graph is an error.
 * @throws {BaseNetworkError} naming the tensor.
 */
export function importTorch(graph: NetworkGraph, safetensors: Uint8Array): TorchImport {
  const { tensors, metadata } = parse(safetensors);
  const remaining = new Map([...tensors].filter(([name]) => !name.endsWith(IGNORED_SUFFIX)));
  const weights = new Map<string, FloatTensor>();
  for (const spec of parameterSpecs(graph)) {
    const name = `${spec.layer}.${TORCH_NAMES[spec.kind]}`;
    weights.set(spec.name, convert(name, take(remaining, name), spec));
  }
  checkWeights(graph, weights);
  const head = takeHead(remaining, graph.featureSize);
  if (remaining.size > 0)
    throw new BaseNetworkError(`import: '${[...remaining.keys()].join("', '")}' unknown to the graph`);
  return { weights, head, metadata };
}

function parse(bytes: Uint8Array): ReturnType<typeof parseSafetensors> {
  try {
    return parseSafetensors(bytes);
  } catch (cause) {
    throw new BaseNetworkError(`import: ${cause instanceof Error ? cause.message : 'unreadable'}`, { cause });
  }
}

function take(tensors: Map<string, NamedTensor>, name: string): NamedTensor {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new BaseNetworkError(`import: '${name}' is missing`);
  tensors.delete(name);
  return tensor;
}

function takeHead(tensors: Map<string, NamedTensor>, features: number): Head | undefined {
  const name = `${HEAD_MODULE}.weight`;
  const classes = tensors.get(name)?.shape[0];
  if (classes === undefined) return undefined;
  return {
    kernel: convert(name, take(tensors, name), { kind: 'dense', shape: [features, classes] }),
    bias: convert(`${HEAD_MODULE}.bias`, take(tensors, `${HEAD_MODULE}.bias`), { kind: 'bias', shape: [classes] }),
  };
}

function convert(name: string, tensor: NamedTensor, target: Pick<ParameterSpec, 'kind' | 'shape'>): FloatTensor {
  const expected = torchShape(target);
  if (String(tensor.shape) !== String(expected)) {
    throw new BaseNetworkError(`import: '${name}' is [${tensor.shape}], not [${expected}]`);
  }
  const permutation = PERMUTATIONS[target.kind];
  const data = toFloat32(tensor);
  const shape = [...target.shape];
  if (permutation === undefined) return { shape, data };
  return { shape, data: permute(data, unpermuted(shape, permutation), permutation) };
}

function torchShape({ kind, shape }: Pick<ParameterSpec, 'kind' | 'shape'>): number[] {
  const [kh = 1, kw = 1, channels = 1, multiplier = 1] = shape;
  if (kind === 'depthwiseConv2d') return [channels * multiplier, 1, kh, kw];
  const permutation = PERMUTATIONS[kind];
  return permutation ? unpermuted(shape, permutation) : [...shape];
}

/** The shape before its axes were put in `order`. */
function unpermuted(shape: readonly number[], order: readonly number[]): number[] {
  return order.map((_, axis) => shape[order.indexOf(axis)] ?? 1);
}

/** Reorders axes: axis `i` of the result is axis `order[i]` of `data`, which has `shape`; all row-major. */
function permute(data: Float32Array, shape: readonly number[], order: readonly number[]): Float32Array {
  const strides = shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
  const sizes = order.map((axis) => shape[axis] ?? 1);
  const steps = order.map((axis) => strides[axis] ?? 1);
  const result = new Float32Array(data.length);
  const index = sizes.map(() => 0);
  let source = 0;
  for (let target = 0; target < result.length; target++) {
    result[target] = data[source] ?? 0;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      source += steps[axis] ?? 0;
      if (next < (sizes[axis] ?? 1)) {
        index[axis] = next;
        break;
      }
      source -= next * (steps[axis] ?? 0);
      index[axis] = 0;
    }
  }
  return result;
}
