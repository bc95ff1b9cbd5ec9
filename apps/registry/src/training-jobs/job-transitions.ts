import type { JobState, TrainingJob } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import { isEnded } from './job-rules.js';

/** What people may do to a job that exists. */
export type JobAction = 'cancel' | 'pause' | 'resume' | 'retry';

/** What that means for a job in its present state. */
export type JobStep = 'cancel' | 'pause-now' | 'ask-for-pause' | 'withdraw-pause' | 'continue' | 'start-again';

export interface JobCondition {
  readonly state: JobState;
  /** Somebody asked for a pause that the job's trainer has not granted yet. */
  readonly pauseRequested: boolean;
}

const STEPS: Readonly<Record<JobAction, (job: JobCondition) => JobStep | undefined>> = {
  cancel: ({ state }) => (isEnded(state) ? undefined : 'cancel'),
  pause: ({ state, pauseRequested }) => {
    if (state === 'queued') return 'pause-now';
    return isTrained(state) && !pauseRequested ? 'ask-for-pause' : undefined;
  },
  resume: ({ state, pauseRequested }) => {
    if (state === 'paused') return 'continue';
    return pauseRequested ? 'withdraw-pause' : undefined;
  },
  retry: ({ state }) => (state === 'failed' ? 'start-again' : undefined),
};

const PAST_TENSE: Readonly<Record<JobAction, string>> = {
  cancel: 'cancelled',
  pause: 'paused',
  resume: 'resumed',
  retry: 'retried',
};

/** Whether a trainer has the job. */
export const isTrained = (state: JobState): boolean => state === 'running' || state === 'evaluating';

/**
 * The step that an action takes with a job. Only a trainer can pause what it trains: it is asked to, and writes a
 * checkpoint first.
 * @throws AppError `conflict` that names the state
 */
export const stepOf = (action: JobAction, job: JobCondition): JobStep => {
  const step = STEPS[action](job);
  if (step) return step;
  const state = job.pauseRequested ? 'being paused' : job.state;
  const verb = state === 'succeeded' ? 'has' : 'is';
  throw new AppError('conflict', `A job that ${verb} ${state} cannot be ${PAST_TENSE[action]}`);
};

/** The state into which a step brings a job; of the others, the trainer decides. */
export const stateAfter = (step: JobStep): TrainingJob['state'] | undefined => {
  switch (step) {
    case 'cancel':
      return 'cancelled';
    case 'pause-now':
      return 'paused';
    case 'continue':
    case 'start-again':
      return 'queued';
    default:
      return undefined;
  }
};
