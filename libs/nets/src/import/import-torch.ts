import { parseSafetensors } from '@kernelcast/artifact';
import type { FloatTensor, NamedTensor, WeightMap } from '@kernelcast/artifact';
import { BaseNetworkError } from '../base/base-network.error.js';
import { checkWeights } from '../base/base-network.js';
import type { NetworkGraph } from '../graph/graph.types.js';
import { parameterSpecs } from '../graph/parameters.js';
import type { ParameterKind } from '../graph/parameters.js';
import { inferShapes } from '../graph/shapes.js';
import type { Head } from '../inference/runner.js';
import { fromTorch } from './torch-layout.js';
import { findHeadModule, findNaming } from './torch-names.js';

/** A PyTorch state dict in our names and layouts. */
export interface TorchImport {
  readonly weights: WeightMap;
  /** The classifier the network was trained with, when the file has one. */
  readonly head?: Head;
  /** The file's own metadata. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Counters that PyTorch keeps beside moving statistics; inference has no use for them. */
const COUNTER = 'num_batches_tracked';

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
 * Imports a PyTorch state dict (safetensors) with torchvision's or timm's names of the architectures we know: modules
 * named as the graph's nodes, or as timm names MobileNetV2's; the classifier `fc`, `classifier.1` or `classifier`.
 *
 * Nothing is dropped silently: a tensor that is missing, of another shape or unknown to the graph is an error.
 * @throws {BaseNetworkError} naming the tensor.
 */
export function importTorch(graph: NetworkGraph, safetensors: Uint8Array): TorchImport {
  const { tensors, metadata } = parse(safetensors);
  const remaining = new Map(tensors);
  const moduleOf = findNaming(graph, remaining);
  const weights = new Map<string, FloatTensor>();
  for (const spec of parameterSpecs(graph)) {
    const name = `${moduleOf(spec.layer)}.${TORCH_NAMES[spec.kind]}`;
    const flattened = spec.kind === 'dense' ? flattenedInput(graph, spec.layer) : undefined;
    weights.set(spec.name, fromTorch(name, take(remaining, name), { ...spec, flattened }));
    if (spec.kind === 'gamma') remaining.delete(`${moduleOf(spec.layer)}.${COUNTER}`);
  }
  checkWeights(graph, weights);
  const head = takeHead(remaining, graph);
  const [stranger] = remaining.keys();
  if (stranger !== undefined) {
    const reason = `import: '${[...remaining.keys()].join("', '")}' unknown to the graph`;
    throw new BaseNetworkError(reason, { fault: 'unknown_tensor', subject: stranger });
  }
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
  if (tensor === undefined) {
    throw new BaseNetworkError(`import: '${name}' is missing`, { fault: 'missing_tensor', subject: name });
  }
  tensors.delete(name);
  return tensor;
}

function takeHead(tensors: Map<string, NamedTensor>, graph: NetworkGraph): Head | undefined {
  const module = findHeadModule(tensors);
  if (module === undefined) return undefined;
  const [kernel, bias] = [`${module}.weight`, `${module}.bias`];
  const classes = tensors.get(kernel)?.shape[0] ?? 0;
  const shape = [graph.featureSize, classes];
  const flattened = flattenedInput(graph);
  return {
    kernel: fromTorch(kernel, take(tensors, kernel), { kind: 'dense', shape, flattened }),
    bias: fromTorch(bias, take(tensors, bias), { kind: 'bias', shape: [classes] }),
  };
}

/** `[h, w, c]` of the picture that a dense node, or a head on the graph, reads flattened, perhaps activated. */
function flattenedInput(graph: NetworkGraph, dense?: string): readonly [number, number, number] | undefined {
  const byId = new Map(graph.nodes.map((node) => [node.id, node]));
  const reader = dense === undefined ? undefined : byId.get(dense);
  let node = reader?.op === 'dense' ? byId.get(reader.input) : graph.nodes.at(-1);
  while (node?.op === 'activation') node = byId.get(node.input);
  const shape = node?.op === 'flatten' ? inferShapes(graph).get(node.input) : undefined;
  return shape?.length === 3 ? shape : undefined;
}
