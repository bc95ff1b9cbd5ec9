import * as tf from '@tensorflow/tfjs-core';
import { createPrng, elementCount } from '@kernelcast/artifact';
import type { FloatTensor, WeightMap } from '@kernelcast/artifact';
import { disposeTensors, normalise, toTensor } from '@kernelcast/nets';
import type { TensorMap } from '@kernelcast/nets';
import type { ImageSet } from '@kernelcast/nets/node';
import { deriveSeed } from '../../data/seeds.js';
import { Adam } from '../../optimiser/adam.js';
import type { OptimisedParameter } from '../../optimiser/optimiser.types.js';
import { rateAt } from '../../optimiser/schedule.js';
import { sampleEpisode } from '../episodes/sample-episode.js';
import type { MetaHyperparameters, MetaTrainingOptions } from '../meta.types.js';
import { META_STREAM } from '../seeds.js';
import type { LabelledBatch } from '../network/gradients.js';
import { initialWeights } from '../network/initial-weights.js';
import { zeroHead } from '../network/inner-loop.js';
import { blank } from '../network/task-parameters.js';
import { layOut } from '../network/variants.js';
import type { MetaLayout } from '../network/variants.js';
import { fomaml } from './fomaml.js';
import { reptile } from './reptile.js';
import type { OuterAlgorithm, TaskGradient } from './task-gradient.js';

/** Name under which the optimiser keeps the logarithms of the inner rates; no layer's parameter lacks a slash. */
const LOG_RATES = 'log-rates';
const SCHEDULE = { schedule: 'cosine', warmUpSteps: 10, finalRate: 0 } as const;
const ALGORITHMS: Readonly<Record<MetaTrainingOptions['algorithm'], OuterAlgorithm>> = { fomaml, reptile };

export interface MetaOutcome {
  readonly loss: number;
  readonly accuracy: number;
}

/** The state of a meta-training run: everything learned so far, and how to learn from one more batch of tasks. */
export class MetaRun {
  readonly layout: MetaLayout;
  private readonly parameters: readonly OptimisedParameter[];
  private readonly optimiser: Adam;

  constructor(
    private readonly options: MetaTrainingOptions,
    private readonly settings: MetaHyperparameters,
  ) {
    this.layout = layOut(options.graph, options.variant, options.budget);
    this.parameters = startingParameters(options, settings, this.layout);
    this.optimiser = new Adam(this.parameters);
  }

  /**
   * One outer step.
   * @param iteration - from 0
   */
  step(iteration: number): MetaOutcome {
    const { tasksPerIteration, iterations } = this.settings;
    const sums = new Map(this.parameters.map(({ name, values }) => [name, new Float32Array(values.length)]));
    const start = this.upload();
    let [loss, accuracy] = [0, 0];
    try {
      for (let task = 0; task < tasksPerIteration; task++) {
        const outcome = this.learnFrom(start, iteration * tasksPerIteration + task, sums);
        loss += outcome.loss / tasksPerIteration;
        accuracy += outcome.accuracy / tasksPerIteration;
      }
    } finally {
      disposeTensors(start);
    }
    if (Number.isFinite(loss)) {
      const gradientOf = (name: string) => sums.get(name) ?? new Float32Array();
      this.optimiser.step(gradientOf, rateAt(iteration, { ...SCHEDULE, steps: iterations }));
    }
    return { loss, accuracy };
  }

  /** Values of the base's trainable parameters and of the modulators' B, as copies. */
  learned(): Map<string, FloatTensor> {
    const own = this.parameters.filter(({ name }) => name !== LOG_RATES);
    return new Map(own.map(({ name, shape, values }) => [name, { shape: [...shape], data: values.slice() }]));
  }

  rates(): Map<string, number> {
    const logarithms = this.parameters.find(({ name }) => name === LOG_RATES)?.values ?? new Float32Array();
    return new Map([...this.layout.adapted.keys()].map((name, i) => [name, Math.exp(logarithms[i] ?? NaN)]));
  }

  /** All that an outer step changes. */
  state(): WeightMap {
    const values = this.parameters.map(({ name, shape, values: data }): [string, FloatTensor] => [
      `learned/${name}`,
      { shape: [...shape], data: data.slice() },
    ]);
    return new Map([...values, ...this.optimiser.state()]);
  }

  /**
   * Continues from what `state()` gave after `iterations` outer steps.
   * @throws {RangeError} when a tensor is missing or has another size.
   */
  restore(state: WeightMap, iterations: number): void {
    for (const parameter of this.parameters) {
      const stored = state.get(`learned/${parameter.name}`);
      if (stored === undefined || stored.data.length !== parameter.values.length) {
        throw new RangeError(`'${parameter.name}' does not fit`);
      }
      parameter.values = stored.data.slice();
    }
    this.optimiser.restore(state, iterations);
  }

  /** Everything a task starts from but its head. */
  private upload(): TensorMap {
    const all = [...this.learned(), ...blank(this.layout.zeros)];
    return new Map(all.map(([name, tensor]) => [name, toTensor(tensor)]));
  }

  /** Adds a task's share of the gradients to `sums`. */
  private learnFrom(start: TensorMap, index: number, sums: ReadonlyMap<string, Float32Array>): MetaOutcome {
    const { graph, classes, seed, algorithm } = this.options;
    const { ways, shots, queries, headSteps, innerSteps, tasksPerIteration } = this.settings;
    const shape = { ways, shots: shots[index % shots.length] ?? 1, queries };
    const episode = sampleEpisode(classes, shape, deriveSeed(seed, META_STREAM.episodes, index));
    return tf.tidy(() => {
      const outcome = ALGORITHMS[algorithm]({
        graph,
        start: new Map([...start, ...zeroHead(graph.featureSize, ways)]),
        support: this.batchOf(episode.support),
        query: this.batchOf(episode.query),
        loop: { headSteps, steps: innerSteps, rates: this.rates() },
        learned: this.layout.learned.map(({ name }) => name),
      });
      this.addTo(sums, outcome, 1 / tasksPerIteration);
      return { loss: outcome.loss, accuracy: outcome.accuracy };
    });
  }

  private addTo(sums: ReadonlyMap<string, Float32Array>, { gradients, rateGradients }: TaskGradient, share: number) {
    for (const [name, gradient] of gradients) {
      const sum = sums.get(name) ?? new Float32Array();
      gradient.dataSync<'float32'>().forEach((value, i) => (sum[i] = (sum[i] ?? NaN) + share * value));
    }
    const rateSums = sums.get(LOG_RATES) ?? new Float32Array();
    [...this.layout.adapted.keys()].forEach((name, i) => {
      rateSums[i] = (rateSums[i] ?? NaN) + share * (rateGradients?.get(name) ?? 0);
    });
  }

  private batchOf({ images, labels, count }: ImageSet): LabelledBatch {
    return { x: normalise(images, count, this.options.graph.input), labels };
  }
}

function startingParameters(
  { graph, weights, seed }: MetaTrainingOptions,
  { outerRate, rateLearning, innerRates }: MetaHyperparameters,
  { learned, adapted }: MetaLayout,
): OptimisedParameter[] {
  const base = weights ?? initialWeights(graph, deriveSeed(seed, META_STREAM.weights, 0));
  const prng = createPrng(deriveSeed(seed, META_STREAM.factors, 0));
  const own = learned.map(({ name, shape }) => ({
    name,
    shape,
    values: base.get(name)?.data.slice() ?? Float32Array.from({ length: elementCount(shape) }, () => prng.nextNormal()),
    learningRate: outerRate,
    weightDecay: 0,
  }));
  const logarithms = Float32Array.from([...adapted.values()], (group) => Math.log(innerRates[group]));
  const rates = { name: LOG_RATES, shape: [adapted.size], values: logarithms, learningRate: rateLearning, weightDecay: 0 }; // prettier-ignore
  return [...own, rates];
}
