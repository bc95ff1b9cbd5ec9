import * as tf from '@tensorflow/tfjs-core';
import type { FloatTensor, WeightMap } from '@kernelcast/artifact';
import type { AdaptationParameter, ParameterGroup } from './part.types.js';

/** A parameter with its initial value. The owner disposes the variable. */
export function parameter(name: string, group: ParameterGroup, { data, shape }: FloatTensor): AdaptationParameter {
  return tf.tidy(() => ({ name, group, variable: tf.variable(tf.tensor(data, [...shape], 'float32')) }));
}

/** A copy of a parameter's value; some backends hand out their own memory. */
export function valueOf({ variable }: AdaptationParameter): FloatTensor {
  return { shape: [...variable.shape], data: variable.dataSync<'float32'>().slice() };
}

/** A tensor of a base network that its graph promises. */
export function weightOf(weights: WeightMap, name: string): FloatTensor {
  const tensor = weights.get(name);
  if (tensor === undefined) throw new Error(`The base network has no '${name}'`);
  return tensor;
}

export function zeros(shape: number[]): FloatTensor {
  return { shape, data: new Float32Array(shape.reduce((product, size) => product * size, 1)) };
}

/** Values drawn one after the other, row by row. */
export function drawn(shape: number[], draw: () => number): FloatTensor {
  const tensor = zeros(shape);
  for (let i = 0; i < tensor.data.length; i++) tensor.data[i] = draw();
  return tensor;
}

/** Standard deviation of a tensor's values around their mean; 1 where they do not deviate. */
export function deviationOf({ data }: FloatTensor): number {
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length;
  const variance = data.reduce((sum, value) => sum + (value - mean) ** 2, 0) / data.length;
  return Math.sqrt(variance) || 1;
}
