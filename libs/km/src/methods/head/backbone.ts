import * as tf from '@tensorflow/tfjs-core';
import { disposeTensors, inferenceHooks, runGraph, toTensors } from '@kernelcast/nets';
import type { BaseNetwork } from '@kernelcast/nets';
import type { Backbone } from '../method.types.js';

/** The base exactly as it ships, its own statistics included. */
export function createFrozenBackbone({ graph, weights }: BaseNetwork): Backbone {
  const tensors = toTensors(weights);
  const hooks = inferenceHooks(tensors);
  return {
    frozen: true,
    parts: [],
    features: (x) => tf.tidy(() => runGraph(graph, x, hooks)),
    dispose: () => disposeTensors(tensors),
  };
}
