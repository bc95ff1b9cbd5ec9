/** The loss is no longer a number: a rate too high for the data. Training again with the same settings fails alike. */
export class TrainingDivergedError extends Error {
  readonly code = 'training_diverged';

  constructor(readonly step: number) {
    super(`Training diverged: the loss of step ${step} is not a finite number`);
    this.name = 'TrainingDivergedError';
  }
}

/** A dataset from which nothing can be trained or measured. */
export class UnusableDatasetError extends Error {
  readonly code = 'dataset_invalid';

  constructor(reason: string) {
    super(`Dataset invalid: ${reason}`);
    this.name = 'UnusableDatasetError';
  }
}

/** A hyperparameter out of its range. */
export class HyperparameterError extends Error {
  readonly code = 'hyperparameters_invalid';

  constructor(reason: string) {
    super(`Hyperparameters invalid: ${reason}`);
    this.name = 'HyperparameterError';
  }
}

/** A checkpoint that is damaged, or of another run. */
export class CheckpointError extends Error {
  readonly code = 'checkpoint_invalid';

  constructor(reason: string, options?: ErrorOptions) {
    super(`Checkpoint invalid: ${reason}`, options);
    this.name = 'CheckpointError';
  }
}
