import type { WeightMap } from '@kernelcast/artifact';
import type { Images } from '@kernelcast/nets/node';
import type { Measurement, RunCheckpoint, RunProgress, ValidationProgress } from '../checkpoint/run-checkpoint.js';
import type { Hyperparameters } from '../hyperparameters/hyperparameters.types.js';
import type { SearchProgress } from '../hyperparameters/search/search.types.js';
import { rateAt } from '../optimiser/schedule.js';
import { TrainingDivergedError } from '../training.errors.js';
import type { StepReport } from '../training.types.js';
import type { Session } from './session.js';
import type { StepOutcome, StepRunner } from './step-runner.types.js';
import { isBetter } from './validator.js';
import type { Validator } from './validator.js';

/** Weight of a new step in the smoothed loss. */
const SMOOTHING = 0.1;

export interface SegmentOptions {
  readonly session: Session;
  readonly hyperparameters: Hyperparameters;
  readonly train: Images;
  /** Measures on the way, to end early and to export the best; without one, all steps are run. */
  readonly validator?: Validator;
  /** The search that this is a trial of, or that has settled the hyperparameters. */
  readonly search?: SearchProgress;
  readonly onStep?: (report: StepReport) => void | Promise<void>;
}

type Position = Pick<RunProgress, 'step' | 'smoothedLoss' | 'validation'>;

const START: Position = { step: 0, smoothedLoss: NaN, validation: { measuredStep: 0, stale: 0 } };

/** A sequence of steps under one set of hyperparameters, from the first step or from a checkpoint. */
export class Segment {
  private step: number;
  private smoothedLoss: number;
  private validation: ValidationProgress;
  private bestTensors: WeightMap | undefined;
  private savedStep: number;
  private readonly stepsBefore: number;

  private constructor(
    private readonly options: SegmentOptions,
    readonly runner: StepRunner,
    checkpoint: RunCheckpoint | undefined,
  ) {
    const start: Position = checkpoint?.progress ?? START;
    ({ step: this.step, smoothedLoss: this.smoothedLoss, validation: this.validation } = start);
    this.savedStep = start.step;
    this.bestTensors = checkpoint?.best;
    this.stepsBefore = options.search?.trials.reduce((sum, { steps }) => sum + steps, 0) ?? 0;
  }

  /**
   * Takes over the session's checkpoint, if there is one.
   * @throws as {@link Session.createRunner}
   */
  static async open(given: SegmentOptions): Promise<Segment> {
    const { session, train } = given;
    const batchSize = Math.min(given.hyperparameters.batchSize, train.count);
    const options = { ...given, hyperparameters: { ...given.hyperparameters, batchSize } };
    const checkpoint = session.takeCheckpoint();
    const runner = await session.createRunner(train, options.hyperparameters, checkpoint);
    return new Segment(options, runner, checkpoint);
  }

  get hyperparameters(): Hyperparameters {
    return this.options.hyperparameters;
  }

  /** Steps done. */
  get steps(): number {
    return this.step;
  }

  /** The best measurement on held-back images. */
  get best(): Measurement | undefined {
    return this.validation.best;
  }

  /**
   * Runs what steps are left.
   * @throws {TrainingDivergedError} when the loss stops being a finite number
   * @throws the signal's reason, after a last checkpoint
   */
  async run(): Promise<void> {
    const { session, hyperparameters, onStep } = this.options;
    const [startedAt, start] = [performance.now(), this.step];
    // It may have been stopped between the step and the measurement.
    if (this.isMeasurementDue) await this.orSave(() => this.measure());
    while (!this.isFinished) {
      const outcome = await this.runner.step(this.step, rateAt(this.step, hyperparameters));
      this.take(outcome);
      const images = (this.step - start) * hyperparameters.batchSize;
      await onStep?.(this.report(outcome, (images * 1000) / (performance.now() - startedAt)));
      await this.orSave(async () => {
        if (this.isMeasurementDue) await this.measure();
        if (this.isFinished || session.isCheckpointDue(this.step - this.savedStep)) await this.save();
        await session.pause();
      });
    }
  }

  /** The artifact's tensors: of the best measurement where some were made, else as they are now. */
  async exportTensors(): Promise<WeightMap> {
    return this.bestTensors ?? this.runner.exportTensors();
  }

  dispose(): Promise<void> {
    return this.runner.dispose();
  }

  private get isFinished(): boolean {
    const { steps, patience } = this.options.hyperparameters;
    return this.step >= steps || (patience > 0 && this.validation.stale >= patience);
  }

  private get isMeasurementDue(): boolean {
    const { validator, hyperparameters } = this.options;
    if (validator === undefined || this.validation.measuredStep === this.step) return false;
    return this.step === hyperparameters.steps || this.step % hyperparameters.evaluateEverySteps === 0;
  }

  private take({ loss }: StepOutcome): void {
    this.step++;
    if (!Number.isFinite(loss)) throw new TrainingDivergedError(this.step);
    this.smoothedLoss = Number.isNaN(this.smoothedLoss)
      ? loss
      : this.smoothedLoss + SMOOTHING * (loss - this.smoothedLoss);
  }

  private report({ loss, accuracy }: StepOutcome, imagesPerSecond: number): StepReport {
    const { step, smoothedLoss, runner } = this;
    const { steps } = this.options.hyperparameters;
    return { step, steps, epoch: step / runner.batchesPerEpoch, loss, smoothedLoss, accuracy, imagesPerSecond };
  }

  private async measure(): Promise<void> {
    const { validator, session } = this.options;
    const tensors = await this.runner.exportTensors();
    const measured = await validator?.measure(tensors, this.step);
    if (measured === undefined) return;
    const { best, stale } = this.validation;
    const better = isBetter(measured, best);
    if (better) this.bestTensors = tensors;
    this.validation = better
      ? { measuredStep: this.step, stale: 0, best: measured }
      : { measuredStep: this.step, stale: stale + 1, best };
    await session.options.onValidate?.({ ...measured, best: better });
  }

  /** Does what may be interrupted by the session's signal; then nothing is lost. */
  private async orSave(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (reason) {
      if (this.options.session.options.signal?.aborted === true && this.savedStep < this.step) await this.save();
      throw reason;
    }
  }

  private async save(): Promise<void> {
    const { session, hyperparameters, search } = this.options;
    const { step, smoothedLoss, validation, bestTensors } = this;
    const { seconds } = session.clock;
    this.savedStep = step;
    const progress = { step, smoothedLoss, seconds, hyperparameters, validation, ...(search && { search }) };
    const tensors = await this.runner.state();
    await session.save({ progress, tensors, ...(bestTensors && { best: bestTensors }) }, this.stepsBefore);
  }
}
