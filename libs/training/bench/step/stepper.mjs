import { createRequire } from 'node:module';
import { BudgetError, createAdaptation } from '@kernelcast/km';
import { normalise } from '@kernelcast/nets';
import { resolveHyperparameters } from '../../dist/index.js';
import { ParameterState } from '../../dist/loop/parameter-state.js';
import { assignValues, gradientsOf } from '../../dist/loop/step.js';

const tf = createRequire(import.meta.url)('@tensorflow/tfjs-core');

/** An adaptation by the budget, or the smallest feasible one above it. */
function adapt(base, options) {
  try {
    return createAdaptation(base, options);
  } catch (error) {
    if (!(error instanceof BudgetError)) throw error;
    return createAdaptation(base, { ...options, budget: { paramsRatio: error.smallestRatio } });
  }
}

/** The training step of the product by one method, on one batch: forward, backward, Adam, new values to the backend. */
export function createStepper(base, { method, budget, classes, batch }) {
  const adaptation = adapt(base, { method, budget, classes, seed: 1 });
  const count = batch.labels.length;
  const hyperparameters = resolveHyperparameters(method, { batchSize: count }, count);
  const state = new ParameterState(adaptation, hyperparameters);
  const { graph } = base;
  return {
    step: () => {
      const forward = () => adaptation.forward(normalise(batch.images, count, graph.input), 'train');
      const { loss, gradients } = gradientsOf(adaptation, { labels: batch.labels, forward }, 0);
      if (!Number.isFinite(loss)) throw new Error(`the loss is ${loss}`);
      state.step((name) => gradients.get(name), 1e-3);
      assignValues(adaptation, (name) => state.valuesOf(name));
    },
    trained: adaptation.parameters.reduce((total, { variable }) => total + variable.size, 0),
    dispose: () => adaptation.dispose(),
  };
}

/** Milliseconds per step: of the process's own CPU time, and of the clock. */
export function timed(step, steps) {
  const cpu = process.cpuUsage();
  const clock = performance.now();
  for (let i = 0; i < steps; i++) step();
  const clockMs = (performance.now() - clock) / steps;
  const { user, system } = process.cpuUsage(cpu);
  return { cpuMs: (user + system) / 1000 / steps, clockMs };
}

/** Largest sum of all tensors' bytes during a step, less what was there before `held`. */
export function peakBytes(step, held) {
  const engine = tf.engine();
  let peak = 0;
  const { trackTensor } = engine;
  engine.trackTensor = (...args) => {
    trackTensor.apply(engine, args);
    peak = Math.max(peak, engine.state.numBytes);
  };
  step();
  engine.trackTensor = trackTensor;
  return peak - held;
}

export const heldBytes = () => tf.memory().numBytes;
