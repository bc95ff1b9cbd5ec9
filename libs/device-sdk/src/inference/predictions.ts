export interface Prediction {
  readonly label: string;
  /** Of `label`. */
  readonly probability: number;
  /** By label; they add up to 1. */
  readonly probabilities: Readonly<Record<string, number>>;
}

/** Turns logits `[n, labels]` into predictions, by softmax. */
export function toPredictions(logits: Float32Array, labels: readonly string[]): Prediction[] {
  const predictions: Prediction[] = [];
  for (let start = 0; start < logits.length; start += labels.length) {
    const probabilities = softmax(logits.subarray(start, start + labels.length));
    const best = probabilities.indexOf(Math.max(...probabilities));
    predictions.push({
      label: labels[best] ?? '',
      probability: probabilities[best] ?? 0,
      probabilities: Object.fromEntries(labels.map((label, i) => [label, probabilities[i] ?? 0])),
    });
  }
  return predictions;
}

/** In double precision, from the largest logit down, so that nothing overflows. */
function softmax(logits: Float32Array): number[] {
  const largest = logits.reduce((max, value) => Math.max(max, value), -Infinity);
  const powers = Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
