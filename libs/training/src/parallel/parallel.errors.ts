/** A training thread ended, or its peers waited for it in vain: the run cannot go on, but may elsewhere. */
export class TrainingThreadError extends Error {
  readonly code = 'training_thread_failed';

  constructor(
    reason: string,
    /** Number of the thread, from 0. */
    readonly thread: number,
    options?: ErrorOptions,
  ) {
    super(`Training thread ${thread} ${reason}`, options);
    this.name = 'TrainingThreadError';
  }
}

/** The runner was disposed while something was asked of it. */
export class RunnerDisposedError extends Error {
  readonly code = 'runner_disposed';

  constructor() {
    super('The runner was disposed');
    this.name = 'RunnerDisposedError';
  }
}
