import type { JobErrorCode, JobState } from '@kernelcast/contracts';

/** States in which a job belongs to the holder of its lease. */
export const LEASED_STATES = ['running', 'evaluating'] as const satisfies readonly JobState[];

export type LeaseDecision = 'take' | 'skip' | 'give-up' | 'pause' | 'overdue';

export interface LeaseQuestion {
  readonly state: JobState;
  readonly attempt: number;
  readonly pauseRequested: boolean;
  readonly deadline: Date | null;
}

/**
 * What to do with a job that a queue message names. A running job may be taken too: that its message came again
 * means that its worker lost it. Anything ended, or paused, is left alone.
 *
 * @param maxAttempts - a job that has taken its worker down this often would take down the next one too
 */
export function decideLease(job: LeaseQuestion, maxAttempts: number, now: Date): LeaseDecision {
  if (job.state !== 'queued' && job.state !== 'running' && job.state !== 'evaluating') return 'skip';
  if (job.deadline !== null && job.deadline <= now) return 'overdue';
  if (job.pauseRequested) return 'pause';
  return job.attempt < maxAttempts ? 'take' : 'give-up';
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
  name_taken: false,
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

/** The job used up its attempts; `last` is what ended the last one, where that is known. */
export const exhausted = (attempts: number, last?: Pick<JobFailure, 'code' | 'message'>): JobFailure =>
  jobFailure(
    last?.code ?? 'worker_crashed',
    `Given up after ${attempts} attempts (KERNELCAST_JOB_ATTEMPTS), each of which ended its process or its trainer.` +
      (last === undefined ? '' : ` ${last.message}`),
  );

export const overdue = (deadline: Date): JobFailure =>
  jobFailure(
    'deadline_exceeded',
    `The job had not ended by its deadline, ${deadline.toISOString()}. Retry it to have it trained without one, or order it again with fewer steps.`,
  );
