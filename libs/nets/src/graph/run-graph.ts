import * as tf from '@tensorflow/tfjs-core';
import { activate, addActivate } from '@kernelcast/compute';
import type {
  BatchNormNode,
  Conv2dNode,
  DenseNode,
  DepthwiseConv2dNode,
  GraphNode,
  NetworkGraph,
} from './graph.types.js';
import { toTfPadding } from './padding.js';
import { averagePool, maxPool } from './pool.js';
import { countReaders, GRAPH_INPUT, inputsOf, UNDILATED } from './shapes.js';

/** A node that multiplies by a kernel. */
export type KernelNode = Conv2dNode | DepthwiseConv2dNode | DenseNode;

type Pair = [number, number];

/** Where a run takes its parameters from: plain tensors for inference, modulated ones while adapting. */
export interface GraphHooks {
  /** The layer's kernel, in the layout its node documents. */
  kernel(node: KernelNode): tf.Tensor;
  /** The layer's bias `[filters]`; undefined where it has none. May be given to layers without one in the base. */
  bias(node: KernelNode): tf.Tensor1D | undefined;
  /** Normalised `x`, the node's activation included. */
  batchNorm(node: BatchNormNode, x: tf.Tensor4D): tf.Tensor4D;
}

/**
 * Runs a base network.
 *
 * `x` is `[n, h, w, c]`, already normalised; the result is the features `[n, featureSize]`. Intermediates are
 * disposed as soon as their last reader has run, except while a gradient is recorded, when an operation may have
 * kept its input for the way back: then the scope of tfjs's gradient collects the others. `x` and what hooks return
 * as kernel or bias are never disposed here: tensors that a hook makes belong to the caller's `tf.tidy`.
 */
export function runGraph(graph: NetworkGraph, x: tf.Tensor4D, hooks: GraphHooks): tf.Tensor2D {
  const recording = isRecording();
  const readersLeft = countReaders(graph);
  const live = new Map<string, tf.Tensor>([[GRAPH_INPUT, x]]);
  let output: tf.Tensor = x;
  for (const node of graph.nodes) {
    const inputs = inputsOf(node).map((id) => take(live, id));
    output = runNode(node, inputs, hooks);
    live.set(node.id, output);
    for (const id of inputsOf(node)) {
      const left = (readersLeft.get(id) ?? 0) - 1;
      readersLeft.set(id, left);
      if (left === 0) release(live, id, recording || id === GRAPH_INPUT);
    }
  }
  return output as tf.Tensor2D;
}

function take(live: ReadonlyMap<string, tf.Tensor>, id: string): tf.Tensor {
  const tensor = live.get(id);
  if (tensor === undefined) throw new Error(`Node '${id}' is read before it has run`);
  return tensor;
}

function release(live: Map<string, tf.Tensor>, id: string, keep: boolean): void {
  const tensor = live.get(id);
  live.delete(id);
  // A hook may pass its input through: the tensor then lives on under another id.
  if (tensor === undefined || keep || [...live.values()].includes(tensor)) return;
  tensor.dispose();
}

function runNode(node: GraphNode, inputs: readonly tf.Tensor[], hooks: GraphHooks): tf.Tensor {
  const [x, other] = inputs;
  if (x === undefined) throw new Error(`Node '${node.id}' has no input`);
  switch (node.op) {
    case 'conv2d':
    case 'depthwiseConv2d':
    case 'dense': {
      const kernel = hooks.kernel(node);
      const bias = hooks.bias(node);
      return tf.tidy(() => multiply(node, x, kernel, bias));
    }
    case 'batchNorm':
      return hooks.batchNorm(node, x as tf.Tensor4D);
    case 'activation':
      return activate(x, node.activation);
    case 'add':
      return addActivate(x, other ?? x, { activation: node.activation });
    case 'maxPool':
      return maxPool(node, x as tf.Tensor4D);
    case 'averagePool':
      return averagePool(node, x as tf.Tensor4D);
    case 'flatten':
      return tf.reshape(x, [x.shape[0] ?? 0, -1]);
    case 'globalAveragePool':
      return tf.mean(x, [1, 2]);
  }
}

function multiply(node: KernelNode, x: tf.Tensor, kernel: tf.Tensor, bias: tf.Tensor1D | undefined): tf.Tensor {
  switch (node.op) {
    case 'conv2d':
      return convolve(node, x as tf.Tensor4D, kernel as tf.Tensor4D, bias);
    case 'depthwiseConv2d': {
      const [pad, dilations] = [toTfPadding(node.padding), [...(node.dilations ?? UNDILATED)] as Pair];
      const [images, filter] = [x as tf.Tensor4D, kernel as tf.Tensor4D];
      return addBias(tf.depthwiseConv2d(images, filter, [...node.strides], pad, 'NHWC', dilations), bias);
    }
    case 'dense':
      return addBias(tf.matMul(x as tf.Tensor2D, kernel as tf.Tensor2D), bias);
  }
}

/** Grouped convolution is split by hand: not every tfjs backend implements it. */
function convolve(node: Conv2dNode, x: tf.Tensor4D, kernel: tf.Tensor4D, bias: tf.Tensor1D | undefined): tf.Tensor {
  const strides: Pair = [...node.strides];
  const dilations: Pair = [...(node.dilations ?? UNDILATED)];
  const pad = toTfPadding(node.padding);
  if (node.groups === 1) {
    // Fused, the bias costs no pass of its own; its gradient however always computes the kernel's too.
    return bias === undefined || isRecording()
      ? addBias(tf.conv2d<tf.Tensor4D>(x, kernel, strides, pad, 'NHWC', dilations), bias)
      : tf.fused.conv2d<tf.Tensor4D>({ x, filter: kernel, strides, pad, dilations, bias });
  }
  const inputs = tf.split<tf.Tensor4D>(x, node.groups, 3);
  const kernels = tf.split<tf.Tensor4D>(kernel, node.groups, 3);
  const outputs = kernels.map((own, group) =>
    tf.conv2d<tf.Tensor4D>(inputs[group] ?? x, own, strides, pad, 'NHWC', dilations),
  );
  return addBias(tf.concat(outputs, 3), bias);
}

/** Whether tfjs records operations for a gradient. */
function isRecording(): boolean {
  return tf.engine().state.gradientDepth > 0;
}

function addBias(x: tf.Tensor, bias: tf.Tensor1D | undefined): tf.Tensor {
  return bias === undefined ? x : tf.add(x, bias);
}
