import * as tf from '@tensorflow/tfjs-core';
import type { Adaptation } from '@kernelcast/km';
import type { Batch } from '../data/batch-source.js';
import { argMax } from '../evaluation/tally.js';
import { crossEntropy } from './loss.js';
import type { StepOutcome } from './step-runner.types.js';

export interface GradientStep extends StepOutcome {
  /** By parameter, in its layout. Empty when the loss is not finite. */
  readonly gradients: ReadonlyMap<string, Float32Array>;
}

/** Loss of a batch and its gradients; changes nothing but the moving statistics. */
export function gradientsOf(adaptation: Adaptation, batch: Batch, labelSmoothing: number): GradientStep {
  let accuracy = 0;
  const { value, grads } = tf.variableGrads(
    () => {
      const logits = batch.forward();
      accuracy = accuracyOf(logits, batch.labels);
      return crossEntropy(logits, batch.labels, labelSmoothing);
    },
    adaptation.parameters.map(({ variable }) => variable),
  );
  try {
    const loss = value.dataSync<'float32'>()[0] ?? NaN;
    const gradients = new Map<string, Float32Array>();
    for (const { name, variable } of Number.isFinite(loss) ? adaptation.parameters : []) {
      const gradient = grads[variable.name];
      if (gradient) gradients.set(name, gradient.dataSync<'float32'>());
    }
    return { loss, accuracy, gradients };
  } finally {
    tf.dispose([value, grads]);
  }
}

/**
 * Gives an adaptation new values of its parameters. Always by a new tensor: backends cache what they derive from a
 * tensor, and some keep the very array, so that nobody may write to it afterwards.
 */
export function assignValues(adaptation: Adaptation, valuesOf: (name: string) => Float32Array): void {
  for (const { name, variable } of adaptation.parameters) {
    tf.tidy(() => variable.assign(tf.tensor(valuesOf(name), variable.shape, 'float32')));
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
