import * as tf from '@tensorflow/tfjs-core';
import type { FloatTensor } from '@kernelcast/artifact';
import { toTensor } from '@kernelcast/nets';
import type { Part } from './part.types.js';
import { adoptValues, parameter, valueOf, zeros } from './tensors.js';

/** A part that offsets the base's bias: `b + β`, β starting at zero and travelling as `<layer>/bias`. */
export interface BiasModulator extends Part {
  /** `[channels]`; differentiable in β. */
  bias(): tf.Tensor1D;
}

/** @param group - `base` where the bias itself is said to be trained, which an offset to it is no different from */
export function createBiasModulator(layer: string, base: FloatTensor, group: 'bias' | 'base'): BiasModulator {
  const offset = parameter(`${layer}/bias`, group, zeros([...base.shape]));
  const frozen = toTensor(base);
  return {
    parameters: [offset],
    statistics: new Map(),
    bias: () => tf.add<tf.Tensor1D>(frozen, offset.variable),
    exportTensors: () => [[offset.name, valueOf(offset)]],
    adopt: (tensors) => adoptValues([offset], tensors),
    dispose: () => {
      frozen.dispose();
      offset.variable.dispose();
    },
  };
}
