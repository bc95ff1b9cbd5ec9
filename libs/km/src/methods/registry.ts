import { createPrng } from '@kernelcast/artifact';
import { countParameters } from '@kernelcast/nets';
import type { BaseNetwork, NetworkGraph } from '@kernelcast/nets';
import { UnknownMethodError } from '../km.errors.js';
import { assembleAdaptation } from '../modulators/adaptation.js';
import { createBackbone } from '../modulators/backbone.js';
import { createHead } from '../modulators/classifier-head.js';
import { allowanceOf } from '../plan/budget.js';
import type { Budget, ModulatorPlan } from '../plan/plan.types.js';
import { batchNormOnly } from './bn/method.js';
import { biasOnly } from './bias/method.js';
import { fullFineTuning } from './full/method.js';
import { headOnly } from './head/method.js';
import { kernelModulation } from './km/method.js';
import { loraConv } from './lora-conv/method.js';
import type { Adaptation, AdaptationMethod, AdaptationOptions } from './method.types.js';

const METHODS: ReadonlyMap<string, AdaptationMethod> = new Map(
  [kernelModulation, headOnly, biasOnly, batchNormOnly, loraConv, fullFineTuning].map((method) => [
    method.name,
    method,
  ]),
);

/** Names that {@link getMethod} knows. */
export function methodNames(): string[] {
  return [...METHODS.keys()];
}

/** @throws {UnknownMethodError} */
export function getMethod(name: string): AdaptationMethod {
  const method = METHODS.get(name);
  if (method === undefined) throw new UnknownMethodError(name, methodNames());
  return method;
}

/**
 * Which modulators fit a budget. Needs the graph alone, so a wrong budget is known before any training.
 *
 * @throws {UnknownMethodError}
 * @throws {InvalidBudgetError} for a budget that is not positive.
 * @throws {BudgetError} for one that the method cannot keep to.
 */
export function plan(graph: NetworkGraph, budget: Budget, method: string): ModulatorPlan {
  const allowance = allowanceOf(graph, budget);
  const layers = getMethod(method).planLayers(graph, allowance);
  const totalParams = layers.reduce((total, { params }) => total + params, 0);
  const sentParams = layers.reduce((total, { sent }) => total + sent, 0);
  return {
    method,
    baseParams: countParameters(graph),
    budgetParams: allowance.params,
    totalParams,
    sentParams,
    layers,
  };
}

/**
 * Starts an adaptation of a base network to a task; it starts as the identity under a new head.
 *
 * Initial values come from one generator: the kernels' B in the graph's order, then the head's kernel.
 * @throws as {@link plan} does.
 */
export function createAdaptation(base: BaseNetwork, options: AdaptationOptions): Adaptation {
  const chosen = plan(base.graph, options.budget, options.method);
  const prng = createPrng(options.seed);
  const nextNormal = () => prng.nextNormal();
  const backbone = createBackbone(base, chosen, nextNormal);
  return assembleAdaptation(chosen, backbone, createHead(base.graph.featureSize, options.classes, nextNormal));
}
