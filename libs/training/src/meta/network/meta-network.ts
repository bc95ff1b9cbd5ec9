import * as tf from '@tensorflow/tfjs-core';
import { batchNormTrain } from '@kernelcast/compute';
import { gridKernel, lowRankKernel } from '@kernelcast/km';
import { runGraph } from '@kernelcast/nets';
import type { GraphHooks, KernelNode, NetworkGraph, TensorMap } from '@kernelcast/nets';

/** What a batch said about the input of one BatchNorm: `[channels]` each. */
export interface LayerStatistics {
  readonly layer: string;
  readonly mean: tf.Tensor1D;
  /** Biased. */
  readonly variance: tf.Tensor1D;
  /** Values per channel in the batch. */
  readonly count: number;
}

export interface Features {
  /** `[n, featureSize]` */
  readonly features: tf.Tensor2D;
  readonly statistics: readonly LayerStatistics[];
}

/**
 * Features of normalised images `x` `[n, h, w, c]` under parameters named as in the base (`<layer>/kernel`, ...) and,
 * where a layer is modulated, as in an artifact (`<layer>/A`, `/B`, `/grid`). Differentiable in all of them. Every
 * BatchNorm normalises by the batch it is given.
 */
export function metaFeatures(graph: NetworkGraph, parameters: TensorMap, x: tf.Tensor4D): Features {
  const statistics: LayerStatistics[] = [];
  const hooks: GraphHooks = {
    kernel: (node) => modulated(node, parameters),
    bias: (node) => (node.useBias ? (get(parameters, `${node.id}/bias`) as tf.Tensor1D) : undefined),
    batchNorm: ({ id, channels, epsilon, activation }, input) => {
      const [gamma, beta] = [get(parameters, `${id}/gamma`), get(parameters, `${id}/beta`)] as tf.Tensor1D[];
      const { y, mean, variance } = batchNormTrain(input, gamma as tf.Tensor1D, beta as tf.Tensor1D, { epsilon, activation }); // prettier-ignore
      statistics.push({ layer: id, mean, variance, count: input.size / channels });
      return y;
    },
  };
  return { features: runGraph(graph, x, hooks), statistics };
}

/** Logits `[n, classes]` of features `[n, featureSize]`. */
export function metaLogits(parameters: TensorMap, features: tf.Tensor2D): tf.Tensor2D {
  return tf.add(tf.matMul(features, get(parameters, 'head/kernel') as tf.Tensor2D), get(parameters, 'head/bias'));
}

function modulated(node: KernelNode, parameters: TensorMap): tf.Tensor {
  const kernel = get(parameters, `${node.id}/kernel`);
  const [a, b, grid] = ['A', 'B', 'grid'].map((role) => parameters.get(`${node.id}/${role}`));
  if (grid) return gridKernel(kernel, grid);
  return a && b ? lowRankKernel(node, kernel, a as tf.Tensor2D, b as tf.Tensor2D) : kernel;
}

function get(parameters: TensorMap, name: string): tf.Tensor {
  const tensor = parameters.get(name);
  if (tensor === undefined) throw new Error(`No parameter '${name}'`);
  return tensor;
}
