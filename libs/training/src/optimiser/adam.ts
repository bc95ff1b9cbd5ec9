import type { WeightMap } from '@kernelcast/artifact';
import { Moments } from './moments.js';
import type { GradientOf, OptimisedParameter, Optimiser } from './optimiser.types.js';

const BETA1 = 0.9;
/** Shorter memory than usual: a run has a few hundred steps. */
const BETA2 = 0.99;
const EPSILON = 1e-8;

/** Adam with decoupled weight decay (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019). */
export class Adam implements Optimiser {
  private readonly first: Moments;
  private readonly second: Moments;
  private steps = 0;

  constructor(private readonly parameters: readonly OptimisedParameter[]) {
    this.first = new Moments('adam/m', parameters);
    this.second = new Moments('adam/v', parameters);
  }

  step(gradientOf: GradientOf, rate: number): void {
    this.steps++;
    for (const parameter of this.parameters) this.update(parameter, gradientOf(parameter.name), rate);
  }

  state(): WeightMap {
    return new Map([...this.first.state(), ...this.second.state()]);
  }

  restore(state: WeightMap, steps: number): void {
    this.first.restore(state);
    this.second.restore(state);
    this.steps = steps;
  }

  /** One tight loop with nothing but numbers in it: a whole network has millions of parameters. */
  private update(parameter: OptimisedParameter, gradient: Float32Array, rate: number): void {
    const { values } = parameter;
    const m = this.first.of(parameter.name);
    const v = this.second.of(parameter.name);
    const learningRate = rate * parameter.learningRate;
    const kept = 1 - learningRate * parameter.weightDecay;
    const correctedRate = learningRate / (1 - BETA1 ** this.steps);
    const correction = 1 / Math.sqrt(1 - BETA2 ** this.steps);
    const next = new Float32Array(values.length);
    for (let i = 0; i < next.length; i++) {
      const g = gradient[i] ?? NaN;
      const mean = BETA1 * (m[i] ?? 0) + (1 - BETA1) * g;
      const square = BETA2 * (v[i] ?? 0) + (1 - BETA2) * g * g;
      m[i] = mean;
      v[i] = square;
      next[i] = kept * (values[i] ?? 0) - (correctedRate * mean) / (correction * Math.sqrt(square) + EPSILON);
    }
    parameter.values = next;
  }
}
