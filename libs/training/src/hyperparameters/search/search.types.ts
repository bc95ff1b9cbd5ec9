/** One short run whose result on held-back images is compared with others'. */
export interface TrialId {
  /** Index of the candidate. */
  readonly candidate: number;
  /** Round of the halving, from 0. */
  readonly rung: number;
}

export interface Trial extends TrialId {
  readonly steps: number;
  /** Share of the held-back images that were right; 0 when it diverged. */
  readonly top1: number;
  /** Mean cross-entropy in nats on them; absent when it diverged. */
  readonly loss?: number;
  readonly seconds: number;
}

/** A search as far as it has come; with the candidates, it says what is to be tried next. */
export interface SearchProgress {
  /** Finished, in the order they were run. */
  readonly trials: readonly Trial[];
  /** Candidates that the time allows for, once the first trial has shown what a step takes. */
  readonly width?: number;
  /** Under way; absent when the search is over. */
  readonly current?: TrialId;
}
