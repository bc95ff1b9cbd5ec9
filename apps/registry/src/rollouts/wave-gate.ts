import { WHOLE_WAVE, type Rollout, type RolloutProgress, type StopReason, type Wave } from '@kernelcast/contracts';

/** What the gate of a wave is judged by. */
export interface GateQuestion {
  readonly rollout: Pick<Rollout, 'waves' | 'currentWave' | 'waveStartedAt' | 'gateHeldSince' | 'acceptedFailures'>;
  /** Devices of the wave, each once, by the latest it said. */
  readonly counts: Pick<RolloutProgress, 'targeted' | 'active' | 'failed'>;
  readonly now: Date;
  /** Whether waves may start and widen now. */
  readonly windowOpen: boolean;
}

/** What a running rollout does next. */
export type GateStep =
  | { readonly kind: 'wait'; readonly gateHeldSince: Date | null }
  | { readonly kind: 'advance' }
  | { readonly kind: 'complete' }
  | { readonly kind: 'pause'; readonly reason: 'wave_done' }
  | { readonly kind: 'halt'; readonly reason: Extract<StopReason, 'errors' | 'deadline'> };

export interface GateMeasures {
  /** Devices that said how it went, silent ones included once the deadline has passed. */
  readonly outcomes: number;
  /** Devices that are asked for before ratios of them are judged. */
  readonly sample: number;
  readonly successRatio: number;
  readonly errorRatio: number;
  /** Of all devices of the wave: it cannot fall any more, whatever the others say. */
  readonly certainErrorRatio: number;
  readonly late: boolean;
}

const SECOND_MS = 1000;

/** When silent devices of the current wave become failures; null before the rollout has started. */
export const deadlineOf = ({ waves, currentWave, waveStartedAt }: GateQuestion['rollout']): Date | null => {
  const wave = waves[currentWave];
  if (wave === undefined || waveStartedAt === null) return null;
  return new Date(Date.parse(waveStartedAt) + wave.deadlineSeconds * SECOND_MS);
};

/** Ratios of a wave. Failures that somebody accepted are left out, with the devices that had them. */
export const measureGate = ({ rollout, counts, now }: Omit<GateQuestion, 'windowOpen'>): GateMeasures => {
  const deadline = deadlineOf(rollout);
  const late = deadline !== null && now >= deadline;
  const accepted = Math.min(rollout.acceptedFailures, counts.failed);
  const targeted = counts.targeted - accepted;
  const failed = late ? targeted - counts.active : counts.failed - accepted;
  const outcomes = counts.active + failed;
  const minSample = rollout.waves[rollout.currentWave]?.minSample ?? WHOLE_WAVE;
  return {
    outcomes,
    sample: Math.min(minSample, targeted),
    successRatio: outcomes === 0 ? 1 : counts.active / outcomes,
    errorRatio: outcomes === 0 ? 0 : failed / outcomes,
    certainErrorRatio: targeted === 0 ? 0 : failed / targeted,
    late,
  };
};

/**
 * Decides what becomes of the current wave.
 * - Errors above the ratio halt: of the sample, or of the whole wave, where no answer to come can mend it.
 * - The success ratio has to hold for the soak time without a break; then the rollout goes on, by one wave at most.
 * - A wave that has not reached it at its deadline halts.
 * - A wave that targets nobody waits: devices may still enrol.
 */
export const nextStep = (question: GateQuestion): GateStep => {
  const { rollout, counts, now, windowOpen } = question;
  const wave = rollout.waves[rollout.currentWave];
  if (wave === undefined || counts.targeted === 0) return { kind: 'wait', gateHeldSince: null };
  const measures = measureGate(question);
  if (isBreached(wave, measures)) return { kind: 'halt', reason: 'errors' };
  const holds = measures.outcomes >= measures.sample && measures.successRatio >= wave.successRatio;
  if (!holds) return measures.late ? { kind: 'halt', reason: 'deadline' } : { kind: 'wait', gateHeldSince: null };
  const since = rollout.gateHeldSince === null ? now : new Date(rollout.gateHeldSince);
  const soaked = now.getTime() - since.getTime() >= wave.soakSeconds * SECOND_MS;
  return soaked ? afterSuccess(rollout, wave, { since, windowOpen }) : { kind: 'wait', gateHeldSince: since };
};

const isBreached = ({ errorRatio }: Wave, measures: GateMeasures): boolean =>
  measures.certainErrorRatio > errorRatio || (measures.outcomes >= measures.sample && measures.errorRatio > errorRatio);

const afterSuccess = (
  { waves, currentWave }: GateQuestion['rollout'],
  { share, onSuccess }: Wave,
  { since, windowOpen }: { since: Date; windowOpen: boolean },
): GateStep => {
  if (currentWave === waves.length - 1) {
    // A completed rollout holds for the whole group, so the last wave of a part of it stays as it is.
    return share === 1 ? { kind: 'complete' } : { kind: 'pause', reason: 'wave_done' };
  }
  if (onSuccess === 'pause') return { kind: 'pause', reason: 'wave_done' };
  return windowOpen ? { kind: 'advance' } : { kind: 'wait', gateHeldSince: since };
};
