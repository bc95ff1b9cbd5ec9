import type { JobErrorCode, JobState } from '@kernelcast/contracts';

/** A job that has taken its worker down this often is given up: it would take down the next one too. */
export const MAX_ATTEMPTS = 5;

/** States in which a job belongs to the holder of its lease. */
export const LEASED_STATES = ['running', 'evaluating'] as const satisfies readonly JobState[];

export type LeaseDecision = 'take' | 'skip' | 'give-up';

/**
 * What to do with a job that a queue message names. A running job may be taken too: that its message came again
 * means that its worker lost it. Anything ended, or paused, is left alone.
 */
export function decideLease({ state, attempt }: { state: JobState; attempt: number }): LeaseDecision {
  if (state !== 'queued' && state !== 'running' && state !== 'evaluating') return 'skip';
  return attempt < MAX_ATTEMPTS ? 'take' : 'give-up';
}

/** Whether the same job, unchanged, may succeed when somebody starts it again. */
const RETRYABLE: Readonly<Record<JobErrorCode, boolean>> = {
  dataset_invalid: false,
  budget_unreachable: false,
  hyperparameters_invalid: false,
  method_unknown: false,
  training_diverged: false,
  backend_unavailable: true,
  worker_crashed: true,
  labels_mismatch: false,
  base_network_invalid: false,
  out_of_memory: false,
  deadline_exceeded: false,
  input_missing: true,
  internal: true,
};

export interface JobFailure {
  readonly code: JobErrorCode;
  readonly message: string;
  readonly retryable: boolean;
}

export const jobFailure = (code: JobErrorCode, message: string): JobFailure => ({
  code,
  message,
  retryable: RETRYABLE[code],
});
