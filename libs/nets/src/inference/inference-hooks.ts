import * as tf from '@tensorflow/tfjs-core';
import type { FloatTensor, WeightMap } from '@kernelcast/artifact';
import { batchNormGiven } from '@kernelcast/compute';
import type { GraphHooks } from '../graph/run-graph.js';

/** The parameters of a network as tensors, by name; whoever made them disposes them. */
export type TensorMap = ReadonlyMap<string, tf.Tensor>;

/** Uploads numbers to the backend, out of the reach of any `tf.tidy`. The caller owns the tensor. */
export function toTensor({ data, shape }: FloatTensor): tf.Tensor {
  return tf.keep(tf.tensor(data, [...shape], 'float32'));
}

/** Uploads weights as {@link toTensor} does; {@link disposeTensors} frees them. */
export function toTensors(weights: WeightMap): Map<string, tf.Tensor> {
  return new Map([...weights].map(([name, tensor]) => [name, toTensor(tensor)]));
}

export function disposeTensors(tensors: TensorMap): void {
  for (const tensor of tensors.values()) tensor.dispose();
}

/** Hooks that run a network as it is: stored kernels, and BatchNorm by the stored moving statistics. */
export function inferenceHooks(weights: TensorMap): GraphHooks {
  const get = (name: string): tf.Tensor => {
    const tensor = weights.get(name);
    if (tensor === undefined) throw new Error(`No tensor '${name}'`);
    return tensor;
  };
  return {
    kernel: (node) => get(`${node.id}/kernel`),
    bias: (node) => (node.useBias ? (get(`${node.id}/bias`) as tf.Tensor1D) : undefined),
    batchNorm: (node, x) => {
      const vector = (role: string) => get(`${node.id}/${role}`) as tf.Tensor1D;
      const parameters = {
        gamma: vector('gamma'),
        beta: vector('beta'),
        mean: vector('mean'),
        variance: vector('variance'),
      };
      return batchNormGiven(x, parameters, node);
    },
  };
}
