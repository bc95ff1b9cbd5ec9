import { setTimeout as delay } from 'node:timers/promises';
import type { WeightMap } from '@kernelcast/artifact';
import type { BackendName } from '@kernelcast/compute';
import { plan } from '@kernelcast/km';
import type { ModulatorPlan } from '@kernelcast/km';
import { recipeOf } from '../data/batch-source.js';
import { featureChunks } from '../data/features.js';
import { orderOf } from '../data/feed/batch-preparer.js';
import type { BatchRecipe, Starvation } from '../data/feed/feed.types.js';
import { createThreadFeed } from '../data/feed/thread-feed.js';
import type { ThreadFeed } from '../data/feed/thread-feed.js';
import type { StepOutcome, StepRunner, StepRunnerOptions } from '../loop/step-runner.types.js';
import { createExchange } from './all-reduce.js';
import type { ExchangeShape } from './all-reduce.js';
import { createBarrierCells } from './barrier.js';
import type { ThreadReady } from './protocol.types.js';
import { shareBase, shareImages } from './shared-inputs.js';
import type { SpareThreads } from './spare-threads.js';
import { ThreadPool } from './thread-pool.js';

export interface ParallelRunnerOptions extends StepRunnerOptions {
  /** Threads to train on; fewer are used where a batch has fewer than two images for each. */
  readonly threads: number;
  /** Of each thread. Default wasm: a native backend has threads of its own. */
  readonly backend?: BackendName;
  /** Milliseconds that a thread waits for the others within a step before it gives up. Default ten minutes. */
  readonly patience?: number;
  /** Threads that have loaded already; as many of them are taken as there is need for. */
  readonly spare?: SpareThreads;
  /** Compiled programs of the threads, for tests, which run from source. */
  readonly entries?: { readonly trainer: string | URL; readonly feed: string | URL };
}

/** Runs steps on several threads. */
export interface ParallelRunner extends StepRunner {
  /** Threads in use. */
  readonly threads: number;
  /** What `state()` gives, of each thread; all are equal. */
  replicaStates(): Promise<WeightMap[]>;
}

/** A BatchNorm needs more than one image to normalise by. */
const LEAST_SHARD = 2;
const DEFAULT_PATIENCE_MS = 10 * 60_000;
/** How long `pause` has to wait while threads start, in milliseconds. */
const PAUSE_INTERVAL_MS = 50;

/**
 * Trains on several threads, data-parallel: each has a backend, a replica and a fixed part of every batch; gradients
 * and the BatchNorms' statistics are summed over all through shared memory, then every replica makes the same step.
 * This thread only coordinates, so its event loop stays free.
 *
 * While training, a BatchNorm normalises by its thread's part of the batch, not by the whole, as is usual in
 * data-parallel training; its moving statistics follow mean and variance of the whole batch, what the parts differ by
 * included. So results depend on the number of threads, never on their timing. One thread gives what the local runner
 * gives, bit for bit.
 *
 * @throws {BudgetError | UnknownMethodError | BackendError | TrainingThreadError}
 * @throws what `options.pause` throws; no thread is left then
 */
export async function createParallelRunner(options: ParallelRunnerOptions): Promise<ParallelRunner> {
  const { method, budget, pause } = options;
  const chosen = plan(options.base.graph, budget, method);
  const { pool, recipe, threads } = startThreads(options);
  let feed: ThreadFeed | undefined;
  try {
    const [first] = (await pausing(pool.ready, pause)) as ThreadReady[];
    if (first === undefined) throw new RangeError('no thread to train on');
    const shape = exchangeShape(options, threads, first.parameters);
    const common = { shape, exchange: createExchange(shape) };
    if (first.featuresFrozen) {
      await pool.all({ type: 'link', links: { ...common, input: { features: featureTables(options, recipe) } } });
      await pausing(pool.all({ type: 'features' }), pause);
    } else {
      feed = createThreadFeed(recipe, { entry: options.entries?.feed });
      await pool.all({ type: 'link', links: { ...common, input: { ring: feed.ring } } });
    }
    return new Runner({ plan: chosen, pool, feed, threads, batchesPerEpoch: orderOf(recipe).batchesPerEpoch });
  } catch (error) {
    await Promise.all([pool.dispose(), feed?.close()]);
    throw error;
  }
}

function startThreads(options: ParallelRunnerOptions): { pool: ThreadPool; recipe: BatchRecipe; threads: number } {
  const { method, budget, classes, hyperparameters, seed, backend = 'wasm', patience = DEFAULT_PATIENCE_MS } = options;
  const base = shareBase(options.base);
  const recipe = recipeOf({ graph: base.graph, train: shareImages(options.train), hyperparameters, seed });
  const threads = Math.max(1, Math.min(options.threads, Math.floor(recipe.batchSize / LEAST_SHARD)));
  const cells = createBarrierCells();
  const common = { threads, backend, recipe, cells, patience, base, method, budget, classes, hyperparameters, seed };
  const setups = Array.from({ length: threads }, (_, index) => ({ ...common, index }));
  const pool = new ThreadPool(setups, cells, { spare: options.spare, entry: options.entries?.trainer });
  return { pool, recipe, threads };
}

function exchangeShape({ base }: StepRunnerOptions, threads: number, gradients: number): ExchangeShape {
  const norms = base.graph.nodes.filter((node) => node.op === 'batchNorm');
  return { threads, gradients, statistics: norms.reduce((sum, one) => sum + 2 * one.channels, 0), norms: norms.length };
}

function featureTables({ base, hyperparameters }: StepRunnerOptions, recipe: BatchRecipe): Float32Array[] {
  const { count } = recipe.images;
  const chunks = featureChunks(count, hyperparameters.featureVariants, recipe.augmentation);
  const bytes = count * base.graph.featureSize * Float32Array.BYTES_PER_ELEMENT;
  const variants = new Set(chunks.map(({ variant }) => variant));
  return Array.from(variants, () => new Float32Array(new SharedArrayBuffer(bytes)));
}

/** Waits for work, and lets `pause` end it. */
async function pausing<T>(work: Promise<T>, pause: () => Promise<void>): Promise<T> {
  const done = work.then(() => true);
  // Whoever waits for the work itself hears of it, and nobody does when `pause` ends the waiting.
  done.catch(() => undefined);
  while (!(await Promise.race([done, delay(PAUSE_INTERVAL_MS, false, { ref: false })]))) await pause();
  return work;
}

interface RunnerParts {
  readonly plan: ModulatorPlan;
  readonly pool: ThreadPool;
  readonly feed: ThreadFeed | undefined;
  readonly threads: number;
  readonly batchesPerEpoch: number;
}

class Runner implements ParallelRunner {
  readonly plan: ModulatorPlan;
  readonly threads: number;
  readonly batchesPerEpoch: number;

  constructor(private readonly parts: RunnerParts) {
    ({ plan: this.plan, threads: this.threads, batchesPerEpoch: this.batchesPerEpoch } = parts);
  }

  get starvation(): Starvation {
    return this.parts.feed?.starvation ?? { steps: 0, milliseconds: 0 };
  }

  async step(step: number, rate: number): Promise<StepOutcome> {
    const { feed, pool } = this.parts;
    const slot = feed ? (await feed.at(step)).slot : 0;
    const [outcome] = await pool.all({ type: 'step', step, rate, slot });
    return outcome as StepOutcome;
  }

  async state(): Promise<WeightMap> {
    return (await this.parts.pool.first({ type: 'state' })) as WeightMap;
  }

  async replicaStates(): Promise<WeightMap[]> {
    return (await this.parts.pool.all({ type: 'state' })) as WeightMap[];
  }

  async restore(state: WeightMap, steps: number): Promise<void> {
    await this.parts.pool.all({ type: 'restore', state, steps });
  }

  async exportTensors(): Promise<WeightMap> {
    return (await this.parts.pool.first({ type: 'export' })) as WeightMap;
  }

  async dispose(): Promise<void> {
    await Promise.all([this.parts.pool.dispose(), this.parts.feed?.close()]);
  }
}
