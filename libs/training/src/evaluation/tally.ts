import type { Evaluation, SamplePrediction } from './evaluation.types.js';

const CALIBRATION_BINS = 15;
const SAMPLE_MISTAKES = 24;
const SAMPLE_RIGHT = 8;

/** Gathers predictions to an {@link Evaluation}. */
export class Tally {
  private readonly confusion: number[][];
  private readonly bins = Array.from({ length: CALIBRATION_BINS }, () => ({ confidence: 0, hits: 0 }));
  private readonly chosen: number[] = [];
  private readonly truths: number[] = [];
  private readonly surenesses: number[] = [];
  private lossSum = 0;
  private images = 0;

  constructor(private readonly classes: readonly string[]) {
    this.confusion = classes.map(() => classes.map(() => 0));
  }

  /** Adds images by their logits `[n, classes]` and true classes `[n]`. */
  add(logits: Float32Array, labels: Uint16Array): void {
    const classes = this.classes.length;
    labels.forEach((truth, n) => this.addOne(logits.subarray(n * classes, (n + 1) * classes), truth));
  }

  /** Class of the largest logit, by image, in the order they were added. */
  predictions(): Uint16Array {
    return Uint16Array.from(this.chosen);
  }

  /** Probability given to each prediction. */
  confidences(): Float32Array {
    return Float32Array.from(this.surenesses);
  }

  result(): Evaluation {
    const { images, confusion } = this;
    const perClass = this.classes.map((label, truth) => {
      const row = confusion[truth] ?? [];
      const total = row.reduce((sum, count) => sum + count, 0);
      return { label, accuracy: total === 0 ? 0 : (row[truth] ?? 0) / total, images: total };
    });
    const hits = confusion.reduce((sum, row, truth) => sum + (row[truth] ?? 0), 0);
    const gap = this.bins.reduce((sum, bin) => sum + Math.abs(bin.confidence - bin.hits), 0);
    return {
      top1: hits / images,
      loss: this.lossSum / images,
      images,
      perClass,
      confusion,
      calibrationError: gap / images,
      samples: this.samples(),
    };
  }

  private samples(): SamplePrediction[] {
    const all = this.chosen.map((_, index) => index);
    const wrong = all.filter((index) => this.chosen[index] !== this.truths[index]);
    const right = all.filter((index) => this.chosen[index] === this.truths[index]);
    wrong.sort((a, b) => (this.surenesses[b] ?? 0) - (this.surenesses[a] ?? 0) || a - b);
    const shown = Math.min(SAMPLE_RIGHT, right.length);
    const spread = Array.from({ length: shown }, (_, n) => right[Math.floor((n * right.length) / shown)] ?? 0);
    return [...wrong.slice(0, SAMPLE_MISTAKES), ...spread].map((index) => this.sampleOf(index));
  }

  private sampleOf(index: number): SamplePrediction {
    const nameOf = (index: number | undefined): string => this.classes[index ?? -1] ?? '';
    const [label, predicted] = [nameOf(this.truths[index]), nameOf(this.chosen[index])];
    return { index, label, predicted, confidence: this.surenesses[index] ?? 0 };
  }

  private addOne(logits: Float32Array, truth: number): void {
    const prediction = argMax(logits);
    const row = this.confusion[truth];
    if (row === undefined) throw new RangeError(`no class ${truth}`);
    row[prediction] = (row[prediction] ?? 0) + 1;
    this.chosen.push(prediction);
    this.truths.push(truth);
    const largest = logits[prediction] ?? NaN;
    const sum = logits.reduce((total, logit) => total + Math.exp(logit - largest), 0);
    this.lossSum += Math.log(sum) + largest - (logits[truth] ?? NaN);
    this.images++;
    const confidence = 1 / sum;
    this.surenesses.push(confidence);
    const bin = this.bins[Math.min(CALIBRATION_BINS - 1, Math.floor(confidence * CALIBRATION_BINS))];
    if (bin) {
      bin.confidence += confidence;
      bin.hits += prediction === truth ? 1 : 0;
    }
  }
}

/** Index of the largest value, the first of equals. */
export function argMax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if ((values[i] ?? NaN) > (values[best] ?? NaN)) best = i;
  return best;
}
