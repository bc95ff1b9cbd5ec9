import type { WeightMap } from '@kernelcast/artifact';
import { Moments } from './moments.js';
import type { GradientOf, OptimisedParameter, Optimiser } from './optimiser.types.js';

const MOMENTUM = 0.9;

/**
 * Stochastic gradient descent with Nesterov's momentum, in the form of Sutskever et al., "On the importance of
 * initialization and momentum in deep learning" (ICML 2013), as it is commonly rewritten: `u ← μu + g`,
 * `w ← w − rate · (g + μu)`. Weight decay is decoupled, as it is for {@link Adam}.
 */
export class Sgd implements Optimiser {
  private readonly velocity: Moments;

  constructor(private readonly parameters: readonly OptimisedParameter[]) {
    this.velocity = new Moments('sgd/u', parameters);
  }

  step(gradientOf: GradientOf, rate: number): void {
    for (const parameter of this.parameters) this.update(parameter, gradientOf(parameter.name), rate);
  }

  state(): WeightMap {
    return new Map(this.velocity.state());
  }

  restore(state: WeightMap): void {
    this.velocity.restore(state);
  }

  private update(parameter: OptimisedParameter, gradient: Float32Array, rate: number): void {
    const { values } = parameter;
    const u = this.velocity.of(parameter.name);
    const learningRate = rate * parameter.learningRate;
    const kept = 1 - learningRate * parameter.weightDecay;
    const next = new Float32Array(values.length);
    for (let i = 0; i < next.length; i++) {
      const g = gradient[i] ?? NaN;
      const velocity = MOMENTUM * (u[i] ?? 0) + g;
      u[i] = velocity;
      next[i] = kept * (values[i] ?? 0) - learningRate * (g + MOMENTUM * velocity);
    }
    parameter.values = next;
  }
}
