import type { FloatTensor } from '@kernelcast/artifact';
import { zeros } from './tensors.js';

/** A base's BatchNorm, arrays `[channels]`. */
export interface BaseNorm {
  readonly gamma: FloatTensor;
  readonly beta: FloatTensor;
  readonly mean: FloatTensor;
  readonly variance: FloatTensor;
  readonly epsilon: number;
}

/** The same of a task. */
interface TaskNorm {
  readonly gamma: Float32Array;
  readonly beta: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/**
 * Folds a task's statistics μt, vt into numbers for use with the base's μ0, v0:
 * `scale = γ'·√(v0+ε)/√(vt+ε)`, `shift = β' + γ'·(μ0−μt)/√(vt+ε)`.
 */
export function foldStatistics(base: BaseNorm, task: TaskNorm): { scale: FloatTensor; shift: FloatTensor } {
  const channels = task.gamma.length;
  const scale = zeros([channels]);
  const shift = zeros([channels]);
  for (let c = 0; c < channels; c++) {
    const slope = at(task.gamma, c) / Math.sqrt(at(task.variance, c) + base.epsilon);
    scale.data[c] = slope * Math.sqrt(at(base.variance.data, c) + base.epsilon);
    shift.data[c] = at(task.beta, c) + slope * (at(base.mean.data, c) - at(task.mean, c));
  }
  return { scale, shift };
}

/** The task's variance in a scale that was folded from an unchanged γ; the base's where γ is zero and tells nothing. */
export function varianceBehind(scale: Float32Array, { gamma, variance, epsilon }: BaseNorm): Float32Array {
  return scale.map((value, c) => {
    const ratio = at(gamma.data, c) / value;
    if (!Number.isFinite(ratio) || ratio === 0) return at(variance.data, c);
    return Math.max(0, ratio * ratio * (at(variance.data, c) + epsilon) - epsilon);
  });
}

/** Arrays of one layer all have its number of channels, which the compiler cannot know. */
export function at(values: Float32Array, channel: number): number {
  return values[channel] ?? NaN;
}
