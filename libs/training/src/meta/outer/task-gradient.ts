import type * as tf from '@tensorflow/tfjs-core';
import type { NetworkGraph, TensorMap } from '@kernelcast/nets';
import type { LabelledBatch } from '../network/gradients.js';
import type { InnerLoop } from '../network/inner-loop.js';

/** What the outer loop asks of one task. */
export interface OuterTask {
  readonly graph: NetworkGraph;
  /** Every parameter as a task begins, head included. */
  readonly start: TensorMap;
  readonly support: LabelledBatch;
  readonly query: LabelledBatch;
  readonly loop: InnerLoop;
  /** Parameters that the outer loop learns. */
  readonly learned: readonly string[];
}

/** What one task says about what all tasks start from; its tensors belong to the caller's `tf.tidy`. */
export interface TaskGradient {
  /** Mean cross-entropy of the images not learned from, after adaptation. */
  readonly loss: number;
  /** Share of them that is classified right. */
  readonly accuracy: number;
  /** Direction of ascent for each learned parameter. */
  readonly gradients: ReadonlyMap<string, tf.Tensor>;
  /** Derivative of the loss with respect to the logarithm of each inner rate; absent where none can be had. */
  readonly rateGradients?: ReadonlyMap<string, number>;
}

export type OuterAlgorithm = (task: OuterTask) => TaskGradient;
