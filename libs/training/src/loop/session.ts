import { createHash } from 'node:crypto';
import type { WeightMap } from '@kernelcast/artifact';
import { plan } from '@kernelcast/km';
import type { Images } from '@kernelcast/nets/node';
import { decodeRunCheckpoint, encodeRunCheckpoint } from '../checkpoint/run-checkpoint.js';
import type { RunCheckpoint, RunProgress } from '../checkpoint/run-checkpoint.js';
import { resolveHyperparameters, resolveWarmHyperparameters } from '../hyperparameters/hyperparameters.js';
import type { Hyperparameters } from '../hyperparameters/hyperparameters.types.js';
import { createParallelRunner } from '../parallel/parallel-runner.js';
import { CheckpointError } from '../training.errors.js';
import type { TrainingOptions } from '../training.types.js';
import { Clock } from './clock.js';
import { averageOf } from '../optimiser/weight-average.js';
import { createLocalRunner } from './local-runner.js';
import { yieldToEventLoop } from './pause.js';
import type { StepRunner } from './step-runner.types.js';
import { warmState } from './warm-start.js';

/** Everything of a training that outlasts a single sequence of steps. */
export class Session {
  /** Settled as far as they can be without a search. */
  readonly defaults: Hyperparameters;
  readonly clock: Clock;
  private readonly identity: unknown;
  private continued: RunCheckpoint | undefined;
  private savedAt = performance.now();

  /** @throws {CheckpointError} when the checkpoint is damaged or of another run. */
  constructor(readonly options: TrainingOptions) {
    const { method, hyperparameters = {}, dataset, checkpoint, startFrom } = options;
    const resolve = startFrom ? resolveWarmHyperparameters : resolveHyperparameters;
    this.defaults = resolve(method, hyperparameters, dataset.train.count);
    this.identity = identityOf(options, this.defaults);
    this.continued = checkpoint && decodeRunCheckpoint(checkpoint, this.identity);
    this.clock = new Clock(this.continued?.progress.seconds ?? 0);
  }

  /** Progress to continue from. */
  get resumed(): RunProgress | undefined {
    return this.continued?.progress;
  }

  /** The checkpoint to continue from; whoever takes it continues it, so nobody else gets it. */
  takeCheckpoint(): RunCheckpoint | undefined {
    const taken = this.continued;
    this.continued = undefined;
    return taken;
  }

  /**
   * A runner where a run continues, or else begins: at the artifact it starts from, or at the identity.
   * @throws {CheckpointError} when the checkpoint's tensors do not fit
   * @throws {ModulatorMismatchError} when the artifact is of another plan
   */
  async createRunner(
    train: Images,
    hyperparameters: Hyperparameters,
    checkpoint: RunCheckpoint | undefined,
  ): Promise<StepRunner> {
    const { base, method, budget, dataset, seed, threads = 1, spareThreads: spare, startFrom } = this.options;
    const classes = dataset.labels.length;
    const common = { base, method, budget, classes, train, hyperparameters, seed, pause: this.pause };
    const warm = startFrom && !checkpoint ? await warmState(common, startFrom) : undefined;
    const runner = await (threads > 1
      ? createParallelRunner({ ...common, threads, spare })
      : createLocalRunner(common));
    try {
      if (checkpoint) await continueFrom(runner, checkpoint);
      else if (warm) await runner.restore(startedAt(await runner.state(), warm), 0);
      return runner;
    } catch (error) {
      await runner.dispose();
      throw error;
    }
  }

  /** Lets the event loop run. Throws the signal's reason when the run is to stop. */
  readonly pause = (): Promise<void> => yieldToEventLoop(this.options.signal);

  /** @param steps - since the last checkpoint */
  isCheckpointDue(steps: number): boolean {
    const { checkpointEverySteps = Infinity, checkpointEveryMs = Infinity } = this.options;
    return steps >= checkpointEverySteps || performance.now() - this.savedAt >= checkpointEveryMs;
  }

  /** @param stepsBefore - steps of the trials that are over */
  async save(checkpoint: RunCheckpoint, stepsBefore: number): Promise<void> {
    this.savedAt = performance.now();
    if (!this.options.onCheckpoint) return;
    await this.options.onCheckpoint(
      encodeRunCheckpoint(checkpoint, this.identity),
      stepsBefore + checkpoint.progress.step,
    );
  }
}

function identityOf(options: TrainingOptions, defaults: Hyperparameters): unknown {
  const { base, dataset, method, budget, seed, searchSeconds, startFrom, hyperparameters = {} } = options;
  return {
    base: base.digest,
    method,
    budgetParams: plan(base.graph, budget, method).budgetParams,
    seed,
    hyperparameters: defaults,
    // What was chosen makes a difference beside what it is settled to, as only the rest is searched.
    ...(searchSeconds !== undefined && { search: { seconds: searchSeconds, chosen: definedOf(hyperparameters) } }),
    ...(startFrom && { startFrom: fingerprintOf(startFrom) }),
    labels: dataset.labels,
    trainImages: dataset.train.count,
  };
}

async function continueFrom(runner: StepRunner, { tensors, progress }: RunCheckpoint): Promise<void> {
  try {
    await runner.restore(tensors, progress.step);
  } catch (cause) {
    throw new CheckpointError('its tensors do not fit', { cause });
  }
}

/** A fresh state with other values; a mean over the steps begins at them too. */
function startedAt(fresh: WeightMap, values: WeightMap): WeightMap {
  const state = new Map(fresh);
  for (const [name, tensor] of values) {
    state.set(name, tensor);
    if (fresh.has(averageOf(name))) state.set(averageOf(name), tensor);
  }
  return state;
}

function fingerprintOf(tensors: WeightMap): string {
  const hash = createHash('sha256');
  for (const [name, { data }] of tensors) hash.update(name).update(data);
  return hash.digest('hex');
}

function definedOf(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
