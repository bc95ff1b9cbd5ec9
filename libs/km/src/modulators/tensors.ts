import * as tf from '@tensorflow/tfjs-core';
import type { FloatTensor, WeightMap } from '@kernelcast/artifact';
import { ModulatorMismatchError } from '../km.errors.js';
import type { AdaptationParameter, ParameterGroup } from './part.types.js';

/** A parameter with its initial value. The owner disposes the variable. */
export function parameter(name: string, group: ParameterGroup, { data, shape }: FloatTensor): AdaptationParameter {
  return tf.tidy(() => ({ name, group, variable: tf.variable(tf.tensor(data, [...shape], 'float32')) }));
}

/** A copy of a parameter's value; some backends hand out their own memory. */
export function valueOf({ variable }: AdaptationParameter): FloatTensor {
  return { shape: [...variable.shape], data: variable.dataSync<'float32'>().slice() };
}

/** A tensor of the shape that is wanted. @throws {ModulatorMismatchError} */
export function matching(tensors: WeightMap, name: string, shape: readonly number[]): FloatTensor {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new ModulatorMismatchError(`'${name}' is missing`);
  if (String(tensor.shape) !== String(shape)) {
    throw new ModulatorMismatchError(`'${name}' is [${tensor.shape}], not [${shape}]`);
  }
  return tensor;
}

/** Gives a parameter other values; they are copied. */
export function assign({ variable }: AdaptationParameter, values: Float32Array): void {
  tf.tidy(() => variable.assign(tf.tensor(values.slice(), variable.shape, 'float32')));
}

/** Gives parameters the values of the tensors of their names. @throws {ModulatorMismatchError} */
export function adoptValues(parameters: readonly AdaptationParameter[], tensors: WeightMap): void {
  for (const one of parameters) assign(one, matching(tensors, one.name, one.variable.shape).data);
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
