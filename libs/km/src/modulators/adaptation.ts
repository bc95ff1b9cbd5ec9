import * as tf from '@tensorflow/tfjs-core';
import type { FloatTensor, WeightMap } from '@kernelcast/artifact';
import { ModulatorMismatchError } from '../km.errors.js';
import type { Adaptation } from '../methods/method.types.js';
import type { ModulatorPlan } from '../plan/plan.types.js';
import type { Backbone } from './backbone.types.js';
import type { ClassifierHead } from './classifier-head.js';
import { valueOf } from './tensors.js';

/** Joins a method's backbone and a head to an adaptation, which then owns both. */
export function assembleAdaptation(plan: ModulatorPlan, backbone: Backbone, head: ClassifierHead): Adaptation {
  const parts = [...backbone.parts, head];
  const parameters = parts.flatMap((part) => part.parameters);
  return {
    plan,
    parameters,
    featuresFrozen: backbone.frozen,
    features: (x, mode, observer) => backbone.features(x, mode, observer),
    headForward: (features) => head.forward(features),
    forward: (x, mode, observer) => tf.tidy(() => head.forward(backbone.features(x, mode, observer))),
    follow: (observations) => backbone.follow(observations),
    state: () => {
      const moving = parts.flatMap((part) => [...part.statistics].map(([name, one]) => [name, copy(one)] as const));
      return new Map([...parameters.map((one) => [one.name, valueOf(one)] as const), ...moving]);
    },
    restore: (state) => {
      for (const { name, variable } of parameters) {
        const { data, shape } = matching(state, name, variable.shape);
        tf.tidy(() => variable.assign(tf.tensor(data.slice(), shape, 'float32')));
      }
      for (const [name, { shape, data }] of parts.flatMap((part) => [...part.statistics])) {
        data.set(matching(state, name, shape).data);
      }
    },
    exportTensors: () => new Map(parts.flatMap((part) => part.exportTensors())),
    dispose: () => {
      backbone.dispose();
      for (const part of parts) part.dispose();
    },
  };
}

function copy({ shape, data }: FloatTensor): FloatTensor {
  return { shape: [...shape], data: data.slice() };
}

function matching(state: WeightMap, name: string, shape: readonly number[]): FloatTensor {
  const tensor = state.get(name);
  if (tensor === undefined) throw new ModulatorMismatchError(`'${name}' is missing`);
  if (String(tensor.shape) !== String(shape)) {
    throw new ModulatorMismatchError(`'${name}' is [${tensor.shape}], not [${shape}]`);
  }
  return tensor;
}
