import * as tf from '@tensorflow/tfjs-core';
import type { Adaptation } from '@kernelcast/km';
import type { Batch } from '../data/batch-source.js';
import { argMax } from '../evaluation/tally.js';
import type { AdamW, OptimisedParameter } from '../optimiser/adamw.js';
import { crossEntropy } from './loss.js';

export interface StepContext {
  readonly adaptation: Adaptation;
  readonly optimiser: AdamW;
  readonly parameters: readonly OptimisedParameter[];
  readonly labelSmoothing: number;
}

export interface StepOutcome {
  readonly loss: number;
  /** Share of the batch that was classified right before the step. */
  readonly accuracy: number;
}

/** One step of the optimiser. A loss that is not finite is returned as it is, and nothing is updated. */
export function runStep({ adaptation, ...context }: StepContext, batch: Batch, rate: number): StepOutcome {
  let accuracy = 0;
  const { value, grads } = tf.variableGrads(
    () => {
      const logits = batch.forward();
      accuracy = accuracyOf(logits, batch.labels);
      return crossEntropy(logits, batch.labels, context.labelSmoothing);
    },
    adaptation.parameters.map(({ variable }) => variable),
  );
  try {
    const loss = value.dataSync<'float32'>()[0] ?? NaN;
    if (Number.isFinite(loss)) {
      const gradients = new Map(adaptation.parameters.map(({ name, variable }) => [name, grads[variable.name]]));
      context.optimiser.step((name) => gradients.get(name)?.dataSync<'float32'>() ?? new Float32Array(), rate);
      writeBack(adaptation, context.parameters);
    }
    return { loss, accuracy };
  } finally {
    tf.dispose([value, grads]);
  }
}

/** Always a new tensor: backends cache what they derive from a tensor, and some keep the very array. */
function writeBack(adaptation: Adaptation, parameters: readonly OptimisedParameter[]): void {
  const values = new Map(parameters.map((one) => [one.name, one.values]));
  for (const { name, variable } of adaptation.parameters) {
    const data = values.get(name);
    if (data) tf.tidy(() => variable.assign(tf.tensor(data, variable.shape, 'float32')));
  }
}

function accuracyOf(logits: tf.Tensor2D, labels: Uint16Array): number {
  const classes = logits.shape[1];
  const values = logits.dataSync<'float32'>();
  const hits = labels.reduce(
    (sum, label, n) => sum + (argMax(values.subarray(n * classes, (n + 1) * classes)) === label ? 1 : 0),
    0,
  );
  return hits / labels.length;
}
