import type { Accelerator, JobState, PendingReason } from '@kernelcast/contracts';
import type { Presence } from '../trainers/trainers.repository.js';
import { isTrained } from './job-transitions.js';

export interface PendingJob {
  readonly state: JobState;
  readonly pauseRequested: boolean;
  readonly accelerator: Accelerator;
  /** Attempts that count, the present one included. */
  readonly attempt: number;
}

/** Why a job that has not ended is not being trained, or not for much longer; null when there is nothing to say. */
export const pendingReasonOf = (job: PendingJob, trainers: Presence): PendingReason | null => {
  if (job.state === 'paused') return 'paused';
  if (isTrained(job.state)) return job.pauseRequested ? 'pausing' : null;
  if (job.state !== 'queued') return null;
  if (job.accelerator === 'gpu' && !trainers.gpu) return 'waiting_for_gpu';
  if (!trainers.any) return 'waiting_for_trainer';
  return job.attempt > 0 ? 'retrying' : 'waiting_for_turn';
};
