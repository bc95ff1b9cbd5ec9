import type { FloatTensor, WeightMap } from '@kernelcast/artifact';

const BETA1 = 0.9;
/** Shorter memory than usual: a run has a few hundred steps. */
const BETA2 = 0.99;
const EPSILON = 1e-8;

/** One parameter as the optimiser sees it. */
export interface OptimisedParameter {
  readonly name: string;
  readonly shape: readonly number[];
  /** Current value; replaced, never written to. */
  values: Float32Array;
  /** Peak rate. */
  readonly learningRate: number;
  readonly weightDecay: number;
}

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019).
 *
 * It works on plain arrays: the parameters of an adaptation are few, and arithmetic in one place gives the same
 * result on every backend and after every resumption. Sums are made in double precision, state is kept in single.
 */
export class AdamW {
  private readonly first = new Map<string, Float32Array>();
  private readonly second = new Map<string, Float32Array>();
  private steps = 0;

  constructor(private readonly parameters: readonly OptimisedParameter[]) {
    for (const { name, values } of parameters) {
      this.first.set(name, new Float32Array(values.length));
      this.second.set(name, new Float32Array(values.length));
    }
  }

  /**
   * One step.
   * @param gradientOf - the gradient of a parameter, in its layout
   * @param rate - share of the peak rates
   */
  step(gradientOf: (name: string) => Float32Array, rate: number): void {
    this.steps++;
    for (const parameter of this.parameters) this.update(parameter, gradientOf(parameter.name), rate);
  }

  /** Moments, for a checkpoint: `adam/m/<name>` and `adam/v/<name>`. */
  state(): WeightMap {
    const entries = this.parameters.flatMap(({ name, shape }) =>
      (
        [
          ['m', this.first],
          ['v', this.second],
        ] as const
      ).map(([moment, arrays]): [string, FloatTensor] => [
        `adam/${moment}/${name}`,
        { shape: [...shape], data: momentOf(arrays, name).slice() },
      ]),
    );
    return new Map(entries);
  }

  /**
   * Continues from what `state()` gave after `steps` steps.
   * @throws {RangeError} when a moment is missing or has another size.
   */
  restore(state: WeightMap, steps: number): void {
    for (const { name, values } of this.parameters) {
      for (const [moment, arrays] of [
        ['m', this.first],
        ['v', this.second],
      ] as const) {
        const stored = state.get(`adam/${moment}/${name}`);
        if (stored?.data.length !== values.length) throw new RangeError(`'adam/${moment}/${name}' does not fit`);
        arrays.set(name, stored.data.slice());
      }
    }
    this.steps = steps;
  }

  private update(parameter: OptimisedParameter, gradient: Float32Array, rate: number): void {
    const m = momentOf(this.first, parameter.name);
    const v = momentOf(this.second, parameter.name);
    const correction1 = 1 - BETA1 ** this.steps;
    const correction2 = Math.sqrt(1 - BETA2 ** this.steps);
    const learningRate = rate * parameter.learningRate;
    const kept = 1 - learningRate * parameter.weightDecay;
    parameter.values = parameter.values.map((value, i) => {
      const g = gradient[i] ?? NaN;
      const mean = BETA1 * (m[i] ?? 0) + (1 - BETA1) * g;
      const square = BETA2 * (v[i] ?? 0) + (1 - BETA2) * g * g;
      m[i] = mean;
      v[i] = square;
      return kept * value - (learningRate * (mean / correction1)) / (Math.sqrt(square) / correction2 + EPSILON);
    });
  }
}

function momentOf(arrays: ReadonlyMap<string, Float32Array>, name: string): Float32Array {
  const moment = arrays.get(name);
  if (moment === undefined) throw new RangeError(`'${name}' is not optimised`);
  return moment;
}
