import { elementCount } from '@kernelcast/artifact';
import type { FloatTensor } from '@kernelcast/artifact';
import { toTensors } from '@kernelcast/nets';
import type { BaseNetwork, TensorMap } from '@kernelcast/nets';
import type { AdaptationStart } from '../meta.types.js';
import { layOut } from './variants.js';
import type { ParameterShape } from './variants.js';

/** The base's and the modulators' parameters as a task begins, without a head; the caller disposes them. */
export function taskParameters({ graph, weights }: BaseNetwork, start: AdaptationStart): TensorMap {
  const { zeros } = layOut(graph, start.variant, start.budget);
  return toTensors(new Map([...weights, ...start.factors, ...blank(zeros)]));
}

/** Zeros under each name. */
export function blank(shapes: readonly ParameterShape[]): [string, FloatTensor][] {
  return shapes.map(({ name, shape }) => [name, { shape: [...shape], data: new Float32Array(elementCount(shape)) }]);
}
