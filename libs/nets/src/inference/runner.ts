import * as tf from '@tensorflow/tfjs-core';
import type { FloatTensor } from '@kernelcast/artifact';
import type { NetworkGraph } from '../graph/graph.types.js';
import { runGraph } from '../graph/run-graph.js';
import { normalise } from '../input/normalise.js';
import type { Network } from './fold-batch-norm.js';
import { disposeTensors, inferenceHooks, toTensor, toTensors } from './inference-hooks.js';
import type { TensorMap } from './inference-hooks.js';

/** A classifier on the features: kernel `[features, classes]`, bias `[classes]`. */
export interface Head {
  readonly kernel: FloatTensor;
  readonly bias: FloatTensor;
}

/** Runs one network on images. */
export interface Runner {
  /** Logits `[n, classes]`, or features `[n, featureSize]` without a head, of `n` uint8 images `[n, h, w, 3]`. */
  predict(images: Uint8Array): Float32Array;
  /** As `predict`, for values already in the network's own space: `[n, h, w, c]`. */
  predictNormalised(values: Float32Array): Float32Array;
  dispose(): void;
}

/** A classifier on the backend: kernel `[features, classes]`, bias `[classes]`. */
export interface HeadTensors {
  readonly kernel: tf.Tensor2D;
  readonly bias: tf.Tensor1D;
}

/** Images per pass: bounds the memory of activations, at no cost in speed. */
const BATCH = 128;

/**
 * Uploads a network and runs it as it is; `foldBatchNorm(network)` runs faster. The backend must have been set before.
 *
 * Synchronous: a backend that reads results asynchronously (webgl) blocks.
 */
export function createRunner({ graph, weights }: Network, head?: Head): Runner {
  return createTensorRunner(graph, toTensors(weights), { head: head && uploadHead(head) });
}

/** Uploads a classifier; the caller owns the tensors. */
export function uploadHead({ kernel, bias }: Head): HeadTensors {
  return { kernel: toTensor(kernel) as tf.Tensor2D, bias: toTensor(bias) as tf.Tensor1D };
}

/** What a runner may be given beside its network. */
interface TensorRunnerOptions {
  /** From now on the runner's own. */
  readonly head?: HeadTensors | undefined;
  /** Frees the parameters when the runner is disposed; by default all of them. */
  readonly release?: () => void;
}

/** As {@link createRunner}, for parameters that are on the backend already. */
export function createTensorRunner(
  graph: NetworkGraph,
  parameters: TensorMap,
  { head, release = () => disposeTensors(parameters) }: TensorRunnerOptions = {},
): Runner {
  const hooks = inferenceHooks(parameters);
  const outputs = head?.bias.size ?? graph.featureSize;
  const imageSize = graph.input.height * graph.input.width * graph.input.channels;

  const forward = (x: tf.Tensor4D): Float32Array => {
    const features = runGraph(graph, x, hooks);
    const logits = head ? tf.add(tf.matMul(features, head.kernel), head.bias) : features;
    return logits.dataSync<'float32'>();
  };
  const inBatches = <T extends Uint8Array | Float32Array>(values: T, toTensor: (part: T, n: number) => tf.Tensor4D) => {
    const count = values.length / imageSize;
    if (!Number.isInteger(count)) throw new RangeError(`${values.length} values are no whole number of images`);
    const logits = new Float32Array(count * outputs);
    for (let start = 0; start < count; start += BATCH) {
      const n = Math.min(BATCH, count - start);
      const part = values.subarray(start * imageSize, (start + n) * imageSize) as T;
      logits.set(
        tf.tidy(() => forward(toTensor(part, n))),
        start * outputs,
      );
    }
    return logits;
  };
  const { height, width, channels } = graph.input;
  return {
    predict: (images) => inBatches(images, (part, n) => normalise(part, n, graph.input)),
    predictNormalised: (values) => inBatches(values, (part, n) => tf.tensor4d(part, [n, height, width, channels])),
    dispose: () => {
      release();
      if (head) tf.dispose([head.kernel, head.bias]);
    },
  };
}
