import * as tf from '@tensorflow/tfjs-core';
import { activate, batchNormTrain } from '@kernelcast/compute';
import type { FloatTensor, WeightMap } from '@kernelcast/artifact';
import { toTensor } from '@kernelcast/nets';
import type { BatchNormNode } from '@kernelcast/nets';
import type { AdaptationParameter, Part } from './part.types.js';
import { parameter, valueOf, weightOf, zeros } from './tensors.js';

/** Share of a new batch in the moving statistics: PyTorch's default, with which the form was chosen. */
const MOMENTUM = 0.1;

/** What a batch said about one BatchNorm's input: tensors `[channels]`, the variance biased. */
export interface BatchStatistics {
  readonly mean: tf.Tensor1D;
  readonly variance: tf.Tensor1D;
}

/**
 * A part that adapts a BatchNorm: `γ·(1 + g)`, `β + b`, and the task's statistics in place of the base's. It travels
 * as `<layer>/scale` and `<layer>/shift`, to be used with the base's statistics.
 */
export interface BatchNormModulator extends Part {
  /** Normalises by the batch `[n, h, w, c]`; the activation is included. */
  train(x: tf.Tensor4D): { y: tf.Tensor4D; statistics: BatchStatistics };
  /** Normalises by the moving statistics; the activation is included. */
  evaluate(x: tf.Tensor4D): tf.Tensor4D;
  /**
   * Moves the statistics towards a batch's.
   * @param count - values per channel in that batch, for the unbiased variance
   */
  follow(mean: Float32Array, variance: Float32Array, count: number): void;
}

interface BaseNorm {
  readonly gamma: FloatTensor;
  readonly beta: FloatTensor;
  readonly mean: FloatTensor;
  readonly variance: FloatTensor;
}

/** @param withScale - false adapts β and the mean only, at half the size; the base's variance then stays in use. */
export function createBatchNormModulator(
  node: BatchNormNode,
  weights: WeightMap,
  withScale: boolean,
): BatchNormModulator {
  const name = (role: string) => `${node.id}/${role}`;
  const base: BaseNorm = {
    gamma: weightOf(weights, name('gamma')),
    beta: weightOf(weights, name('beta')),
    mean: weightOf(weights, name('mean')),
    variance: weightOf(weights, name('variance')),
  };
  const scale = withScale ? parameter(name('g'), 'batchNorm', zeros([node.channels])) : undefined;
  return new Modulator(node, base, parameter(name('b'), 'batchNorm', zeros([node.channels])), scale);
}

class Modulator implements BatchNormModulator {
  readonly parameters: readonly AdaptationParameter[];
  readonly statistics: ReadonlyMap<string, FloatTensor>;
  private readonly mean: Float32Array;
  private readonly variance: Float32Array;
  private readonly gamma: tf.Tensor1D;
  private readonly beta: tf.Tensor1D;

  constructor(
    private readonly node: BatchNormNode,
    private readonly base: BaseNorm,
    private readonly shift: AdaptationParameter,
    private readonly scale: AdaptationParameter | undefined,
  ) {
    this.parameters = scale ? [scale, shift] : [shift];
    this.gamma = toTensor(base.gamma) as tf.Tensor1D;
    this.beta = toTensor(base.beta) as tf.Tensor1D;
    this.mean = base.mean.data.slice();
    this.variance = base.variance.data.slice();
    const moving: [string, Float32Array][] = [['mean', this.mean]];
    if (scale) moving.push(['variance', this.variance]);
    this.statistics = new Map(moving.map(([role, data]) => [`${node.id}/${role}`, { shape: [node.channels], data }]));
  }

  train(x: tf.Tensor4D): { y: tf.Tensor4D; statistics: BatchStatistics } {
    const { epsilon, activation } = this.node;
    if (this.scale) {
      const { y, mean, variance } = batchNormTrain(x, this.adaptedGamma(), this.adaptedBeta(), { epsilon, activation });
      return { y, statistics: { mean, variance } };
    }
    const mean = tf.mean<tf.Tensor1D>(x, [0, 1, 2]);
    const slope = tf.tensor1d(this.slopes());
    const y = activate(tf.add<tf.Tensor4D>(tf.mul(tf.sub(x, mean), slope), this.adaptedBeta()), activation);
    return { y, statistics: { mean, variance: tf.zerosLike(mean) } };
  }

  evaluate(x: tf.Tensor4D): tf.Tensor4D {
    const { epsilon, activation } = this.node;
    return tf.tidy(() => {
      const [mean, variance] = [tf.tensor1d(this.mean.slice()), tf.tensor1d(this.variance.slice())];
      const y = tf.batchNorm4d(x, mean, variance, this.adaptedBeta(), this.adaptedGamma(), epsilon);
      return activate(y, activation);
    });
  }

  follow(mean: Float32Array, variance: Float32Array, count: number): void {
    const unbiased = count > 1 ? count / (count - 1) : 1;
    for (let c = 0; c < this.mean.length; c++) {
      this.mean[c] = (1 - MOMENTUM) * (this.mean[c] ?? 0) + MOMENTUM * (mean[c] ?? 0);
      if (this.scale) {
        this.variance[c] = (1 - MOMENTUM) * (this.variance[c] ?? 0) + MOMENTUM * unbiased * (variance[c] ?? 0);
      }
    }
  }

  /**
   * Folds the task's statistics μt, vt into numbers for use with the base's μ0, v0:
   * `scale = γ'·√(v0+ε)/√(vt+ε)`, `shift = β' + γ'·(μ0−μt)/√(vt+ε)`.
   */
  exportTensors(): [string, FloatTensor][] {
    const { id, epsilon, channels } = this.node;
    const g = this.scale && valueOf(this.scale).data;
    const b = valueOf(this.shift).data;
    const scale = zeros([channels]);
    const shift = zeros([channels]);
    for (let c = 0; c < channels; c++) {
      const gamma = at(this.base.gamma.data, c) * (1 + (g ? at(g, c) : 0));
      const deviation = Math.sqrt(at(this.variance, c) + epsilon);
      scale.data[c] = (gamma * Math.sqrt(at(this.base.variance.data, c) + epsilon)) / deviation;
      shift.data[c] =
        at(this.base.beta.data, c) + at(b, c) + (gamma * (at(this.base.mean.data, c) - at(this.mean, c))) / deviation;
    }
    const travelling: [string, FloatTensor][] = [[`${id}/shift`, shift]];
    return this.scale ? [[`${id}/scale`, scale], ...travelling] : travelling;
  }

  dispose(): void {
    this.gamma.dispose();
    this.beta.dispose();
    for (const { variable } of this.parameters) variable.dispose();
  }

  private adaptedGamma(): tf.Tensor1D {
    return this.scale ? tf.mul(this.gamma, tf.add(this.scale.variable, 1)) : this.gamma;
  }

  private adaptedBeta(): tf.Tensor1D {
    return tf.add(this.beta, this.shift.variable);
  }

  /** γ/√(v0+ε): the slope of a BatchNorm whose variance stays the base's. */
  private slopes(): Float32Array {
    const { gamma, variance } = this.base;
    return gamma.data.map((value, c) => value / Math.sqrt(at(variance.data, c) + this.node.epsilon));
  }
}

/** Arrays of one layer all have its number of channels, which the compiler cannot know. */
function at(values: Float32Array, channel: number): number {
  return values[channel] ?? NaN;
}
