import { ArtifactError, canonicalJson, digestOf, parseSafetensors, toFloatTensor } from '@kernelcast/artifact';
import type { Digest, FloatTensor, NamedTensor, WeightMap } from '@kernelcast/artifact';
import { parseGraphJson } from '../graph/graph.schema.js';
import type { NetworkGraph } from '../graph/graph.types.js';
import { parameterSpecs } from '../graph/parameters.js';
import type { ParameterSpec } from '../graph/parameters.js';
import { BaseNetworkError } from './base-network.error.js';

/** A frozen base network. Trainers and devices hold the same numbers: those decoded from the shipped file. */
export interface BaseNetwork {
  readonly graph: NetworkGraph;
  readonly weights: WeightMap;
  /** Identity of graph and weights together; modulators name it. */
  readonly digest: Digest;
}

/** Upper bound for a weights file; the largest networks meant for devices stay far below. */
export const MAX_WEIGHTS_BYTES = 256 * 1024 * 1024;

/**
 * Reads a base network from its two files.
 *
 * @param graphJson - the graph as JSON; its spelling (spaces, key order) does not enter the digest.
 * @param weights - safetensors with exactly the tensors of `parameterSpecs(graph)`, f16 or f32.
 * @throws {BaseNetworkError} naming the first fault; the cause is kept.
 */
export async function loadBaseNetwork(graphJson: Uint8Array, weights: Uint8Array): Promise<BaseNetwork> {
  const graph = parseGraphJson(graphJson);
  const decoded = readWeights(weights);
  checkWeights(graph, decoded);
  return { graph, weights: decoded, digest: await digestBaseNetwork(graph, weights) };
}

/** SHA-256 of the canonical JSON `{graph, weights}`, each the digest of the canonical graph and of the weights file. */
export async function digestBaseNetwork(graph: NetworkGraph, weights: Uint8Array): Promise<Digest> {
  const text = new TextEncoder();
  return digestOf(
    text.encode(
      canonicalJson({
        graph: await digestOf(text.encode(canonicalJson(graph))),
        weights: await digestOf(weights),
      }),
    ),
  );
}

/**
 * Checks that `weights` are exactly the parameters of `graph`: names, shapes, finite values, no negative variance.
 * @throws {BaseNetworkError}
 */
export function checkWeights(graph: NetworkGraph, weights: WeightMap): void {
  const specs = parameterSpecs(graph);
  for (const spec of specs) checkTensor(spec, weights.get(spec.name));
  if (weights.size !== specs.length) {
    const known = new Set(specs.map((spec) => spec.name));
    const strangers = [...weights.keys()].filter((name) => !known.has(name));
    throw new BaseNetworkError(`weights: the graph has no '${strangers.slice(0, 3).join("', '")}'`, {
      fault: 'unknown_tensor',
      subject: strangers[0],
    });
  }
}

function checkTensor(spec: ParameterSpec, tensor: FloatTensor | undefined): void {
  const { name: subject } = spec;
  if (tensor === undefined) {
    throw new BaseNetworkError(`weights: '${subject}' is missing`, { fault: 'missing_tensor', subject });
  }
  if (String(tensor.shape) !== String(spec.shape)) {
    const reason = `weights: '${subject}' is [${tensor.shape}], not [${spec.shape}]`;
    throw new BaseNetworkError(reason, { fault: 'wrong_shape', subject });
  }
  const least = spec.kind === 'variance' ? 0 : -Number.MAX_VALUE;
  if (!tensor.data.every((value) => value >= least && value <= Number.MAX_VALUE)) {
    throw new BaseNetworkError(`weights: '${subject}' holds a value out of range`, { fault: 'not_finite', subject });
  }
}

function readWeights(bytes: Uint8Array): WeightMap {
  if (bytes.byteLength > MAX_WEIGHTS_BYTES) {
    throw new BaseNetworkError(`weights: ${bytes.byteLength} bytes, more than ${MAX_WEIGHTS_BYTES}`, {
      fault: 'too_large',
    });
  }
  return new Map([...parse(bytes)].map(([name, tensor]) => [name, readTensor(name, tensor)]));
}

function parse(bytes: Uint8Array): ReadonlyMap<string, NamedTensor> {
  try {
    return parseSafetensors(bytes).tensors;
  } catch (cause) {
    throw new BaseNetworkError(`weights: ${cause instanceof Error ? cause.message : 'unreadable'}`, { cause });
  }
}

function readTensor(subject: string, tensor: NamedTensor): FloatTensor {
  try {
    return toFloatTensor(tensor);
  } catch (cause) {
    const reason = cause instanceof ArtifactError ? cause.reason : 'unreadable';
    throw new BaseNetworkError(`weights: '${subject}': ${reason}`, { cause, fault: 'not_finite', subject });
  }
}
