import type { GetTrainingJobResponse } from '@kernelcast/api-client';
import { formatClock, formatPercent } from '../output/quantities.js';
import type { Style } from '../output/text.js';

export type Job = GetTrainingJobResponse;

export const JOB_STYLES: Readonly<Record<Job['state'], Style>> = {
  queued: 'yellow',
  running: 'cyan',
  evaluating: 'cyan',
  succeeded: 'green',
  paused: 'yellow',
  cancelled: 'dim',
  failed: 'red',
};

const WAITS: Readonly<Record<NonNullable<Job['pendingReason']>, string>> = {
  waiting_for_turn: 'waits for its turn',
  waiting_for_trainer: 'waits for a trainer: none is there (kernelcast trainers list)',
  waiting_for_gpu: 'waits for a trainer with a GPU',
  retrying: 'will be tried again',
  pausing: 'is about to pause',
  paused: 'is paused: kernelcast jobs resume goes on',
};

/** Why a job does not run, in words; nothing while it does or when it has ended. */
export const waitOf = ({
  pendingReason,
  queuePosition,
}: Pick<Job, 'pendingReason' | 'queuePosition'>): string | null => {
  if (!pendingReason) return null;
  const place = queuePosition === null ? '' : `, place ${queuePosition} in the queue`;
  return `${WAITS[pendingReason]}${place}`;
};

/** How far a job is, or what came of it. */
export const progressOf = ({ state, progress, metrics, metaMetrics, error }: Job): string => {
  if (state === 'failed') return error?.code ?? 'failed';
  if (metrics) return `accuracy ${formatPercent(metrics.top1)}`;
  const [few] = metaMetrics?.results ?? [];
  if (few) return `${few.ways}-way ${few.shots}-shot ${formatPercent(few.accuracy)}`;
  return progress ? `step ${progress.step} of ${progress.steps}` : '-';
};

export const secondsLeft = ({ estimatedFinishAt }: Pick<Job, 'estimatedFinishAt'>, now: number): string | null =>
  estimatedFinishAt === null ? null : `about ${formatClock((Date.parse(estimatedFinishAt) - now) / 1000)} left`;
