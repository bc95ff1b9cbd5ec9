import type { WeightMap } from '@kernelcast/artifact';
import { BaseNetworkError } from '../../base/base-network.error.js';
import { checkWeights } from '../../base/base-network.js';
import { parseGraph } from '../../graph/graph.schema.js';
import type { NetworkGraph } from '../../graph/graph.types.js';
import { GRAPH_INPUT } from '../../graph/shapes.js';
import type { Head } from '../../inference/runner.js';
import { convertModel, inputShapeOf } from './convert-model.js';
import { Conversion } from './conversion.js';
import { fuseActivations, splitHead } from './finish-graph.js';
import { parseLayersModelJson } from './layers-model.schema.js';
import { decodeWeightsManifest } from './weights-manifest.js';
import type { Shards } from './weights-manifest.js';

export interface LayersModelOptions {
  /** The graph's name; `layers-model` unless given. */
  readonly name?: string;
  /** What the model was trained on, `(x / 255 − mean) / std`: the file does not say. 0.5 each unless given: −1 to 1. */
  readonly mean?: readonly number[];
  readonly std?: readonly number[];
}

/** A tfjs LayersModel as a base network and the classifier that was on it. */
export interface LayersModelImport {
  readonly graph: NetworkGraph;
  readonly weights: WeightMap;
  /** The dense layer at the end (or 1x1 convolution on pooled features), without its softmax. */
  readonly head?: Head;
  /** The classes, where the model names as many as its head has. */
  readonly labels?: readonly string[];
}

const CENTRED = [0.5, 0.5, 0.5] as const;

/**
 * Imports a tfjs LayersModel, Functional or Sequential, models inside it included: its `model.json` and the files
 * that its manifest names, by their paths there.
 *
 * "Same" padding becomes explicit for the model's input size, padding layers part of what reads them, layers that
 * only train disappear. Nothing is dropped silently: a layer without counterpart, a weight without layer are errors.
 * @throws {BaseNetworkError} naming the layer or weight, and the reason.
 */
export function importLayersModel(
  modelJson: Uint8Array,
  shards: Shards,
  options: LayersModelOptions = {},
): LayersModelImport {
  const { modelTopology, weightsManifest, userDefinedMetadata } = parseLayersModelJson(modelJson);
  const net = new Conversion(decodeWeightsManifest(weightsManifest, shards));
  const [height, width, channels] = inputShapeOf(modelTopology);
  const input = { id: GRAPH_INPUT, shape: [height, width, channels], picture: false } as const;
  const output = convertModel(net, modelTopology, input);
  if (net.leftOver.length > 0) {
    const reason = `weights manifest: no layer has '${net.leftOver.slice(0, 3).join("', '")}'`;
    throw new BaseNetworkError(reason, { fault: 'unknown_tensor', subject: net.leftOver[0] });
  }
  const head = splitHead(net.nodes, net.weights, output);
  if (output.softmax && head === undefined) throw new BaseNetworkError('model.json: softmax of what is no dense layer');
  const nodes = fuseActivations(net.nodes);
  const { name = 'layers-model', mean = CENTRED, std = CENTRED } = options;
  const featureSize = head?.kernel.shape[0] ?? output.shape[0];
  const graph = parseGraph({
    ...{ format: 'kernelcast.graph/1', name, nodes, featureSize },
    input: { height, width, channels, mean: [...mean], std: [...std] },
  });
  checkWeights(graph, net.weights);
  const labels = userDefinedMetadata?.labels;
  const named = labels !== undefined && labels.length === head?.bias.data.length;
  return { graph, weights: net.weights, ...(head ? { head } : {}), ...(named ? { labels } : {}) };
}
