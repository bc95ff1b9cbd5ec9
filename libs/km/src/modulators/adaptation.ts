import * as tf from '@tensorflow/tfjs-core';
import { GOLDEN_LOGITS } from '@kernelcast/artifact';
import type { FloatTensor } from '@kernelcast/artifact';
import { ModulatorMismatchError } from '../km.errors.js';
import type { Adaptation } from '../methods/method.types.js';
import type { ModulatorPlan } from '../plan/plan.types.js';
import type { Backbone } from './backbone.types.js';
import type { ClassifierHead } from './classifier-head.js';
import { adoptValues, matching, valueOf } from './tensors.js';

/** Joins a method's backbone and a head to an adaptation, which then owns both. */
export function assembleAdaptation(plan: ModulatorPlan, backbone: Backbone, head: ClassifierHead): Adaptation {
  const parts = [...backbone.parts, head];
  const parameters = parts.flatMap((part) => part.parameters);
  const exportTensors = () => new Map(parts.flatMap((part) => part.exportTensors()));
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
      adoptValues(parameters, state);
      for (const [name, { shape, data }] of parts.flatMap((part) => [...part.statistics])) {
        data.set(matching(state, name, shape).data);
      }
    },
    exportTensors,
    adopt: (tensors) => {
      const own = exportTensors();
      const stranger = [...tensors.keys()].find((name) => name !== GOLDEN_LOGITS && !own.has(name));
      if (stranger !== undefined) throw new ModulatorMismatchError(`the plan has no place for '${stranger}'`);
      for (const [name, { shape }] of own) matching(tensors, name, shape);
      for (const part of parts) part.adopt(tensors);
    },
    rebase: (statistics) => backbone.rebase(statistics),
    dispose: () => {
      backbone.dispose();
      for (const part of parts) part.dispose();
    },
  };
}

function copy({ shape, data }: FloatTensor): FloatTensor {
  return { shape: [...shape], data: data.slice() };
}
