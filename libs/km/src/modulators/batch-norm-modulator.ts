import * as tf from '@tensorflow/tfjs-core';
import { batchNormCentred, batchNormGiven, batchNormTrain } from '@kernelcast/compute';
import type { FloatTensor, WeightMap } from '@kernelcast/artifact';
import { toTensor } from '@kernelcast/nets';
import type { BatchNormNode } from '@kernelcast/nets';
import type { PlannedKind } from '../plan/plan.types.js';
import { at, foldStatistics, varianceBehind } from './fold-statistics.js';
import type { BaseNorm } from './fold-statistics.js';
import type { AdaptationParameter, Part } from './part.types.js';
import { assign, matching, parameter, weightOf, zeros } from './tensors.js';

/** Share of a new batch in the moving statistics: PyTorch's default, with which the form was chosen. */
const MOMENTUM = 0.1;

/** What a batch said about one BatchNorm's input: tensors `[channels]`, the variance biased. */
export interface BatchStatistics {
  readonly mean: tf.Tensor1D;
  readonly variance: tf.Tensor1D;
}

/**
 * A part that adapts a BatchNorm and takes the task's statistics in place of the base's. It travels as
 * `<layer>/scale` and `<layer>/shift`, to be used with the base's statistics.
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
  /** Takes other statistics, changing γ and β so that evaluation stays the same; a frozen γ keeps its variance. */
  rebase(mean: Float32Array, variance: Float32Array): void;
}

/** What of a BatchNorm is adapted; β and the mean always are. */
interface Treatment {
  /** `γ·(1 + g)`, `γ + g`, or γ as it is. */
  readonly gamma: 'factor' | 'addend' | 'frozen';
  /** Whether the variance becomes the task's as well; only then does a scale travel. */
  readonly variance: 'task' | 'base';
  readonly group: 'batchNorm' | 'base';
}

const TREATMENTS: Readonly<Partial<Record<PlannedKind, Treatment>>> = {
  scaleShift: { gamma: 'factor', variance: 'task', group: 'batchNorm' },
  beta: { gamma: 'frozen', variance: 'task', group: 'batchNorm' },
  shift: { gamma: 'frozen', variance: 'base', group: 'batchNorm' },
  norm: { gamma: 'addend', variance: 'task', group: 'base' },
};

export function createBatchNormModulator(
  node: BatchNormNode,
  weights: WeightMap,
  kind: PlannedKind,
): BatchNormModulator {
  const treatment = TREATMENTS[kind];
  if (treatment === undefined) throw new Error(`'${kind}' is nothing that a BatchNorm can get`);
  const [gamma, beta, mean, variance] = ['gamma', 'beta', 'mean', 'variance'].map((role) =>
    weightOf(weights, `${node.id}/${role}`),
  ) as [FloatTensor, FloatTensor, FloatTensor, FloatTensor];
  return new Modulator(node, { gamma, beta, mean, variance, epsilon: node.epsilon }, treatment);
}

class Modulator implements BatchNormModulator {
  readonly parameters: readonly AdaptationParameter[];
  readonly statistics: ReadonlyMap<string, FloatTensor>;
  private readonly shift: AdaptationParameter;
  private readonly scale: AdaptationParameter | undefined;
  private readonly mean: Float32Array;
  private readonly variance: Float32Array;
  private readonly gamma: tf.Tensor1D;
  private readonly beta: tf.Tensor1D;
  /** Where the variance stays the base's. */
  private readonly baseVariance: tf.Tensor1D | undefined;

  constructor(
    private readonly node: BatchNormNode,
    private readonly base: BaseNorm,
    private readonly treatment: Treatment,
  ) {
    const { id, channels } = node;
    const { group } = treatment;
    if (treatment.gamma !== 'frozen') this.scale = parameter(`${id}/g`, group, zeros([channels]));
    this.shift = parameter(`${id}/b`, group, zeros([channels]));
    this.parameters = this.scale ? [this.scale, this.shift] : [this.shift];
    this.gamma = toTensor(base.gamma) as tf.Tensor1D;
    this.beta = toTensor(base.beta) as tf.Tensor1D;
    if (treatment.variance === 'base') this.baseVariance = toTensor(base.variance) as tf.Tensor1D;
    this.mean = base.mean.data.slice();
    this.variance = base.variance.data.slice();
    const moving: [string, Float32Array][] = [['mean', this.mean]];
    if (treatment.variance === 'task') moving.push(['variance', this.variance]);
    this.statistics = new Map(moving.map(([role, data]) => [`${id}/${role}`, { shape: [channels], data }]));
  }

  train(x: tf.Tensor4D): { y: tf.Tensor4D; statistics: BatchStatistics } {
    const [gamma, beta, variance] = [this.adaptedGamma(), this.adaptedBeta(), this.baseVariance];
    if (variance === undefined) {
      const { y, ...statistics } = batchNormTrain(x, gamma, beta, this.node);
      return { y, statistics };
    }
    const { y, mean } = batchNormCentred(x, { gamma, beta, variance }, this.node);
    return { y, statistics: { mean, variance: tf.zerosLike(mean) } };
  }

  evaluate(x: tf.Tensor4D): tf.Tensor4D {
    return tf.tidy(() => {
      const [mean, variance] = [tf.tensor1d(this.mean.slice()), tf.tensor1d(this.variance.slice())];
      return batchNormGiven(x, { gamma: this.adaptedGamma(), beta: this.adaptedBeta(), mean, variance }, this.node);
    });
  }

  follow(mean: Float32Array, variance: Float32Array, count: number): void {
    const unbiased = count > 1 ? count / (count - 1) : 1;
    const follows = this.treatment.variance === 'task';
    for (let c = 0; c < this.mean.length; c++) {
      this.mean[c] = (1 - MOMENTUM) * (this.mean[c] ?? 0) + MOMENTUM * (mean[c] ?? 0);
      if (follows) {
        this.variance[c] = (1 - MOMENTUM) * (this.variance[c] ?? 0) + MOMENTUM * unbiased * (variance[c] ?? 0);
      }
    }
  }

  exportTensors(): [string, FloatTensor][] {
    const { id } = this.node;
    const { gamma, beta } = this.adapted();
    const { scale, shift } = foldStatistics(this.base, { gamma, beta, mean: this.mean, variance: this.variance });
    const travelling: [string, FloatTensor][] = [[`${id}/shift`, shift]];
    return this.treatment.variance === 'task' ? [[`${id}/scale`, scale], ...travelling] : travelling;
  }

  /**
   * The base's statistics with `γ' = scale, β' = shift` do what the folded layer does. A frozen γ cannot become the
   * scale; the variance that made the scale of it can be told from it.
   */
  adopt(tensors: WeightMap): void {
    const { id, channels } = this.node;
    const shift = matching(tensors, `${id}/shift`, [channels]).data;
    const frozen = this.treatment.gamma === 'frozen';
    const scale = this.treatment.variance === 'task' ? matching(tensors, `${id}/scale`, [channels]).data : undefined;
    this.mean.set(this.base.mean.data);
    this.variance.set(this.base.variance.data);
    if (scale && frozen) this.variance.set(varianceBehind(scale, this.base));
    this.assignGammaBeta(scale && !frozen ? scale : this.base.gamma.data, shift);
  }

  rebase(mean: Float32Array, variance: Float32Array): void {
    const { gamma, beta } = this.adapted();
    const moves = this.scale !== undefined;
    for (let c = 0; c < this.mean.length; c++) {
      const before = Math.sqrt(at(this.variance, c) + this.base.epsilon);
      const slope = at(gamma, c) / before;
      beta[c] = at(beta, c) + slope * (at(mean, c) - at(this.mean, c));
      this.mean[c] = at(mean, c);
      if (!moves) continue;
      this.variance[c] = at(variance, c);
      gamma[c] = slope * Math.sqrt(at(variance, c) + this.base.epsilon);
    }
    this.assignGammaBeta(gamma, beta);
  }

  dispose(): void {
    this.gamma.dispose();
    this.beta.dispose();
    this.baseVariance?.dispose();
    for (const { variable } of this.parameters) variable.dispose();
  }

  /** Copies of γ' and β'. */
  private adapted(): { gamma: Float32Array; beta: Float32Array } {
    return tf.tidy(() => ({
      gamma: this.adaptedGamma().dataSync<'float32'>().slice(),
      beta: this.adaptedBeta().dataSync<'float32'>().slice(),
    }));
  }

  /** Gives the parameters the values that make γ' and β'; a γ of zero, which nothing changes, stays. */
  private assignGammaBeta(gamma: Float32Array, beta: Float32Array): void {
    const [from, to] = [this.base.gamma.data, this.base.beta.data];
    const factor = (value: number, c: number) => (at(from, c) === 0 ? 0 : value / at(from, c) - 1);
    const addend = (value: number, c: number) => value - at(from, c);
    if (this.scale) assign(this.scale, gamma.map(this.treatment.gamma === 'factor' ? factor : addend));
    assign(
      this.shift,
      beta.map((value, c) => value - at(to, c)),
    );
  }

  private adaptedGamma(): tf.Tensor1D {
    if (this.scale === undefined) return this.gamma;
    if (this.treatment.gamma === 'addend') return tf.add(this.gamma, this.scale.variable);
    return tf.mul(this.gamma, tf.add(this.scale.variable, 1));
  }

  private adaptedBeta(): tf.Tensor1D {
    return tf.add(this.beta, this.shift.variable);
  }
}
