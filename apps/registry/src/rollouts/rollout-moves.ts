import type { Rollout } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import { isWindowOpen } from './maintenance-windows.js';
import type { RolloutMove } from './rollouts.repository.js';

const refuse = (detail: string): never => {
  throw new AppError('conflict', detail);
};

const assertIn = ({ state }: Rollout, ...allowed: Rollout['state'][]): void => {
  if (!allowed.includes(state)) refuse(`The rollout is ${state}`);
};

/** Begins the first wave, or waits for its time and window. @throws AppError `conflict` unless it was only created */
export const startMove = (rollout: Rollout, now: Date): RolloutMove => {
  assertIn(rollout, 'created');
  return isDue(rollout, now) ? beginMove(now) : { state: 'scheduled' };
};

export const beginMove = (now: Date): RolloutMove => ({ state: 'running', startedAt: now, waveStartedAt: now });

/** Whether a scheduled rollout may begin. */
export const isDue = ({ startAt, windows }: Rollout, now: Date): boolean =>
  (startAt === null || new Date(startAt) <= now) && isWindowOpen(windows, now);

export const advanceMove = ({ currentWave }: Rollout, now: Date): RolloutMove => ({
  state: 'running',
  currentWave: currentWave + 1,
  waveStartedAt: now,
  gateHeldSince: null,
  ...RUNNING,
});

/** @throws AppError `conflict` unless it runs */
export const pauseMove = (rollout: Rollout, now: Date): RolloutMove => {
  assertIn(rollout, 'running');
  return { state: 'paused', stopReason: 'operator', stoppedAt: now };
};

/**
 * Lets a rollout go on: with the next wave where its wave was done; with its clocks where they stopped, after somebody
 * paused it; with new clocks and the failures so far accepted, after its gate halted it.
 * @throws AppError `conflict` unless it stands still, when no wave is left, and outside of its windows for a next wave
 */
export const resumeMove = (rollout: Rollout, { failed, now }: { failed: number; now: Date }): RolloutMove => {
  assertIn(rollout, 'paused', 'halted');
  const { stopped, waveStartedAt, gateHeldSince } = rollout;
  if (stopped?.reason === 'wave_done') return nextWave(rollout, now);
  if (stopped?.reason !== 'operator') {
    return { state: 'running', waveStartedAt: now, gateHeldSince: null, acceptedFailures: failed, ...RUNNING };
  }
  const stood = now.getTime() - Date.parse(stopped.at);
  const later = (time: string) => new Date(Date.parse(time) + stood);
  return {
    state: 'running',
    ...(waveStartedAt !== null && { waveStartedAt: later(waveStartedAt) }),
    ...(gateHeldSince !== null && { gateHeldSince: later(gateHeldSince) }),
    ...RUNNING,
  };
};

const RUNNING = { stopReason: null, stoppedAt: null } as const;

const nextWave = (rollout: Rollout, now: Date): RolloutMove => {
  if (rollout.currentWave + 1 >= rollout.waves.length) refuse('The last wave is done: there is none to go on to');
  if (!isWindowOpen(rollout.windows, now)) refuse('No maintenance window is open for the next wave');
  return advanceMove(rollout, now);
};

/** @throws AppError `conflict` when it has ended */
export const abortMove = (rollout: Rollout, now: Date): RolloutMove => {
  assertIn(rollout, 'created', 'scheduled', 'running', 'paused', 'halted');
  return { state: 'aborted', finishedAt: now };
};

/**
 * @param to id of the version that the devices are to run; undefined: what older rollouts say for each
 * @throws AppError `conflict` when it never reached a device or was rolled back before
 */
export const rollbackMove = (rollout: Rollout, { to, now }: { to?: string; now: Date }): RolloutMove => {
  assertIn(rollout, 'running', 'paused', 'halted', 'completed', 'aborted');
  if (rollout.startedAt === null) refuse('The rollout never started');
  return { state: 'rolled_back', finishedAt: now, ...(to !== undefined && { rolledBackToId: to }) };
};
