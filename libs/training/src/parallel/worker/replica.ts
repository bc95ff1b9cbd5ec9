import type { WeightMap } from '@kernelcast/artifact';
import { createAdaptation } from '@kernelcast/km';
import type { Adaptation, BatchObservation } from '@kernelcast/km';
import { Learner } from '../../loop/learner.js';
import { gradientsOf } from '../../loop/step.js';
import type { GradientStep } from '../../loop/step.js';
import type { StepOutcome } from '../../loop/step-runner.types.js';
import { AllReduce } from '../all-reduce.js';
import { Barrier } from '../barrier.js';
import type { ThreadLinks, ThreadReady, ThreadSetup } from '../protocol.types.js';
import { computeFeatureShare, createShard } from './shard.js';
import type { Shard } from './shard.js';

/**
 * One of the equal copies of what is trained. It starts from the same seed as the others and changes only by sums
 * that have the same bits everywhere, so the copies never differ.
 */
export class Replica {
  private readonly adaptation: Adaptation;
  private readonly learner: Learner;
  private readonly offsets: ReadonlyMap<string, number>;
  private readonly parameters: number;
  private linked: { readonly links: ThreadLinks; readonly shard: Shard; readonly allReduce: AllReduce } | undefined;

  /** The backend must have been set before. */
  constructor(private readonly setup: ThreadSetup) {
    const { base, method, budget, classes, seed, hyperparameters } = setup;
    this.adaptation = createAdaptation(base, { method, budget, classes, seed });
    this.learner = new Learner(this.adaptation, hyperparameters);
    let at = 0;
    const sizes = this.adaptation.parameters.map(({ name, variable: { size } }) => ({ name, size }));
    this.offsets = new Map(sizes.map(({ name, size }) => [name, (at += size) - size]));
    this.parameters = at;
  }

  get ready(): ThreadReady {
    return { parameters: this.parameters, featuresFrozen: this.adaptation.featuresFrozen };
  }

  link(links: ThreadLinks): void {
    const { index, threads, cells, patience } = this.setup;
    const barrier = new Barrier(cells, threads, patience);
    const allReduce = new AllReduce(links.shape, links.exchange, index, barrier);
    this.linked = { links, allReduce, shard: createShard(this.setup, this.adaptation, links.input) };
  }

  /** Computes this thread's share of the features, where these cannot change. */
  async computeFeatures(): Promise<void> {
    const { input } = this.links().links;
    if ('features' in input) await computeFeatureShare(this.setup, this.adaptation, input.features);
  }

  /**
   * One step of the optimiser with the other threads; when the loss of the whole batch is not finite, none is made.
   * @throws {BarrierError} when another thread fails
   */
  step(step: number, rate: number, slot: number): StepOutcome {
    const { shard, allReduce } = this.links();
    let observations: readonly BatchObservation[] = [];
    const batch = shard.at(step, slot, (observed) => (observations = observed));
    const found = gradientsOf(this.adaptation, batch, this.setup.hyperparameters.labelSmoothing);
    const images = batch.labels.length;
    const hits = Math.round(found.accuracy * images);
    const gradients = this.flatten(found.gradients);
    const { loss, accuracy, ...sums } = allReduce.reduce({ loss: found.loss, hits, images, gradients, observations });
    if (Number.isFinite(loss)) {
      this.adaptation.follow(sums.observations);
      this.learner.apply((name) => this.gradientIn(sums.gradients, name), rate);
    }
    return { loss, accuracy };
  }

  state(): WeightMap {
    return this.learner.state();
  }

  restore(state: WeightMap, steps: number): void {
    this.learner.restore(state, steps);
  }

  exportTensors(): WeightMap {
    return this.learner.exportTensors();
  }

  private links(): NonNullable<typeof this.linked> {
    if (this.linked === undefined) throw new Error('The thread is not linked with the others');
    return this.linked;
  }

  /** All gradients one after the other; zeros where the loss is not finite, and nobody will look at them. */
  private flatten(gradients: GradientStep['gradients']): Float32Array {
    const flat = new Float32Array(this.parameters);
    for (const [name, gradient] of gradients) flat.set(gradient, this.offsets.get(name));
    return flat;
  }

  private gradientIn(flat: Float32Array, name: string): Float32Array {
    const parameter = this.adaptation.parameters.find((one) => one.name === name);
    const start = this.offsets.get(name) ?? 0;
    return flat.subarray(start, start + (parameter?.variable.size ?? 0));
  }
}
