import type * as tf from '@tensorflow/tfjs-core';
import type { FloatTensor, WeightMap } from '@kernelcast/artifact';

/**
 * What a parameter does; an optimiser may treat groups differently. `base` are parameters of the base itself rather
 * than changes of them: they want a rate in proportion to what they are.
 */
export type ParameterGroup = 'modulator' | 'batchNorm' | 'bias' | 'base' | 'head';

export interface AdaptationParameter {
  /** `<layer>/<parameter>`, unique in its adaptation. */
  readonly name: string;
  readonly group: ParameterGroup;
  readonly variable: tf.Variable;
}

/** One modulated layer: its parameters, its statistics and what of it travels. It owns its tensors. */
export interface Part {
  readonly parameters: readonly AdaptationParameter[];
  /** Moving statistics by name; the arrays are live. */
  readonly statistics: ReadonlyMap<string, FloatTensor>;
  /** The artifact's tensors for this layer, as copies. */
  exportTensors(): [name: string, tensor: FloatTensor][];
  /**
   * Takes over what `exportTensors` gave, perhaps rounded: evaluated, the part then does what it does folded.
   * @throws {ModulatorMismatchError} when a tensor is missing or has another shape.
   */
  adopt(tensors: WeightMap): void;
  dispose(): void;
}
