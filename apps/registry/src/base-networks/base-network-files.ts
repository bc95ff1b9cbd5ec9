import { ArtifactError, canonicalJson, digestOf, parseSafetensors, toFloat32, type Digest } from '@kernelcast/artifact';
import { AppError } from '@kernelcast/platform';
import { countParameters, graphSchema, tensorShapes, type Graph } from './graph.js';

/** The larger of the two files; the largest networks meant for devices stay far below. */
export const MAX_WEIGHTS_BYTES = 256 * 1024 * 1024;
export const MAX_GRAPH_BYTES = 1024 * 1024;

/** What the two files of a base network say, once they are known to fit each other. */
export interface BaseNetworkFiles {
  readonly graph: Graph;
  /** The graph as canonical JSON: the bytes that are kept and that `graphDigest` names. */
  readonly graphBytes: Uint8Array;
  readonly graphDigest: Digest;
  readonly weightsDigest: Digest;
  /** Identity of both together: SHA-256 of the canonical JSON `{graph, weights}` of their digests. */
  readonly digest: Digest;
  /** Trainable numbers: no head, no moving statistics. */
  readonly parameters: number;
}

/**
 * Reads and checks the files of a base network.
 *
 * @param graphJson the graph as JSON; its spelling (spaces, key order) does not enter the digests
 * @param weights safetensors with exactly the tensors of the graph
 * @throws AppError `base_network_invalid` naming the first fault
 */
export const readBaseNetworkFiles = async (graphJson: Uint8Array, weights: Uint8Array): Promise<BaseNetworkFiles> => {
  const document = parseJson(graphJson);
  const graph = readGraph(document);
  checkWeights(graph, weights);
  const encode = (value: unknown) => new TextEncoder().encode(canonicalJson(value));
  const graphBytes = encode(document);
  const [graphDigest, weightsDigest] = await Promise.all([digestOf(graphBytes), digestOf(weights)]);
  const digest = await digestOf(encode({ graph: graphDigest, weights: weightsDigest }));
  return { graph, graphBytes, graphDigest, weightsDigest, digest, parameters: countParameters(graph) };
};

/** @throws AppError `base_network_invalid` */
export const readGraph = (document: unknown): Graph => {
  const parsed = graphSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(`graph: ${issue?.path.map(String).join('.') ?? ''}: ${issue?.message ?? 'malformed'}`);
};

/** @throws AppError `base_network_invalid` */
export const parseJson = (bytes: Uint8Array): unknown => {
  if (bytes.byteLength > MAX_GRAPH_BYTES) throw invalid(`graph: more than ${MAX_GRAPH_BYTES} bytes`);
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    canonicalJson(value);
    return value;
  } catch (cause) {
    throw invalid(cause instanceof TypeError ? `graph: ${cause.message}` : 'graph: not JSON', cause);
  }
};

const checkWeights = (graph: Graph, weights: Uint8Array): void => {
  const expected = tensorShapes(graph);
  try {
    const { tensors } = parseSafetensors(weights);
    for (const [name, shape] of expected) {
      const tensor = tensors.get(name);
      if (!tensor) throw invalid(`weights: '${name}' is missing`);
      if (String(tensor.shape) !== String(shape))
        throw invalid(`weights: '${name}' is [${tensor.shape}], not [${shape}]`);
      // Refuses numbers that are not finite.
      toFloat32(tensor);
    }
    const stranger = [...tensors.keys()].find((name) => !expected.has(name));
    if (stranger !== undefined) throw invalid(`weights: the graph has no '${stranger}'`);
  } catch (error) {
    if (error instanceof ArtifactError) throw invalid(`weights: ${error.reason}`, error);
    throw error;
  }
};

const invalid = (detail: string, cause?: unknown): AppError => new AppError('base_network_invalid', detail, { cause });
