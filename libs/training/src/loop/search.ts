import { candidatesFor } from '../hyperparameters/search/candidates.js';
import { affordableWidth, isAffordable, nextTrial, trialSteps, winner } from '../hyperparameters/search/halving.js';
import type { SearchProgress, Trial, TrialId } from '../hyperparameters/search/search.types.js';
import type { Hyperparameters } from '../hyperparameters/hyperparameters.types.js';
import { TrainingDivergedError } from '../training.errors.js';
import { Segment } from './segment.js';
import type { Session } from './session.js';
import { splitValidation } from './validation-split.js';
import type { ValidationSplit } from './validation-split.js';
import { Validator } from './validator.js';

/** Share of the images that trials are measured on, when the run itself holds none back. */
const SEARCH_VALIDATION_SHARE = 0.2;

export interface Settled {
  readonly hyperparameters: Hyperparameters;
  /** As it ended; absent when nothing was searched. */
  readonly search?: SearchProgress;
}

/**
 * Settles the hyperparameters that were left open, by trials on held-back training images within the time that the
 * options allow. A session that continues a run whose search is over takes what that one has found.
 *
 * @throws the signal's reason, after a last checkpoint
 */
export async function settleHyperparameters(session: Session): Promise<Settled> {
  const { searchSeconds, hyperparameters = {}, dataset, seed } = session.options;
  if (searchSeconds === undefined) return { hyperparameters: session.defaults };
  const resumed = session.resumed;
  if (resumed?.search && resumed.search.current === undefined) {
    return { hyperparameters: resumed.hyperparameters, search: resumed.search };
  }
  const share = session.defaults.validationShare || SEARCH_VALIDATION_SHARE;
  const split = splitValidation(dataset.train, share, seed);
  const candidates = candidatesFor(session.defaults, hyperparameters);
  return new Search(session, split, candidates).run(searchSeconds, resumed?.search);
}

class Search {
  private readonly validator: Validator;

  constructor(
    private readonly session: Session,
    private readonly split: ValidationSplit,
    private readonly candidates: readonly Hyperparameters[],
  ) {
    this.validator = new Validator(session, split.validation);
  }

  /** @param seconds - that the search and the run after it may take in all */
  async run(seconds: number, resumed: SearchProgress = { trials: [] }): Promise<Settled> {
    const { current, ...rest } = resumed;
    let progress: SearchProgress = rest;
    let next = current ?? this.next(progress, seconds);
    while (next !== undefined) {
      const trial = await this.try(next, progress);
      progress = { ...progress, trials: [...progress.trials, trial] };
      const left = seconds - this.session.clock.seconds;
      progress = { ...progress, width: progress.width ?? affordableWidth(this.candidates, progress, left) };
      next = this.next(progress, seconds);
      await this.report(trial, progress, next === undefined);
    }
    return { hyperparameters: this.bestOf(progress), search: progress };
  }

  /** What to try next, if time allows. */
  private next(progress: SearchProgress, seconds: number): TrialId | undefined {
    if (this.split.validation.count === 0) return undefined;
    const next = nextTrial(this.candidates.length, progress);
    const left = seconds - this.session.clock.seconds;
    return next && isAffordable(this.candidates, progress, { ...next, seconds: left }) ? next : undefined;
  }

  private bestOf(progress: SearchProgress): Hyperparameters {
    return this.candidate(winner(this.candidates.length, progress, this.split.validation.count));
  }

  private candidate(index: number): Hyperparameters {
    return this.candidates[index] ?? this.session.defaults;
  }

  private async try(id: TrialId, progress: SearchProgress): Promise<Trial> {
    const { session, split } = this;
    const candidate = this.candidate(id.candidate);
    const steps = trialSteps(candidate, id.rung);
    const spent = progress.trials.reduce((sum, trial) => sum + trial.seconds, 0);
    const segment = await Segment.open({
      session,
      hyperparameters: { ...candidate, steps },
      train: split.train,
      search: { ...progress, current: id },
    });
    try {
      await segment.run();
      const { top1, loss } = await this.validator.measure(await segment.exportTensors(), steps);
      return { ...id, steps, top1, loss, seconds: session.clock.seconds - spent };
    } catch (error) {
      if (!(error instanceof TrainingDivergedError)) throw error;
      return { ...id, steps, top1: 0, seconds: session.clock.seconds - spent };
    } finally {
      await segment.dispose();
    }
  }

  private async report(
    { candidate, steps, top1, loss }: Trial,
    progress: SearchProgress,
    last: boolean,
  ): Promise<void> {
    const hyperparameters = this.candidate(candidate);
    const settled = last ? this.bestOf(progress) : undefined;
    const trial = progress.trials.length;
    await this.session.options.onSearch?.({ trial, hyperparameters, steps, top1, loss, settled });
  }
}
