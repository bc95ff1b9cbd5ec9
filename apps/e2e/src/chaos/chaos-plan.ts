import { createPrng } from '@kernelcast/artifact';

export type Victim = 'worker' | 'child' | 'postgres' | 'redis';

/** One moment of a chaos run. */
export interface Moment {
  /** Milliseconds after the moment before. */
  readonly afterMs: number;
  readonly victim: Victim;
  /** In [0, 1): which of several to take. */
  readonly pick: number;
  /** Milliseconds until what was killed is started again. */
  readonly downMs: number;
}

/** How often each is hit: trainers and their children do the work; servers die more rarely, and take all with them. */
const WEIGHTS: Readonly<Record<Victim, number>> = { worker: 3, child: 3, postgres: 2, redis: 2 };
/** Longest pause between two moments: some training gets done between most of them, and some are close together. */
const MAX_PAUSE_MS = 12_000;
const MAX_DOWN_MS = 2_000;

/** Moments at which to kill what; the same seed gives the same plan. */
export function planChaos(kills: number, seed: number, withRedis: boolean): Moment[] {
  const prng = createPrng(seed);
  const victims = (Object.keys(WEIGHTS) as Victim[]).filter((victim) => withRedis || victim !== 'redis');
  const urn = victims.flatMap((victim) => Array.from({ length: WEIGHTS[victim] }, () => victim));
  return Array.from({ length: kills }, () => ({
    afterMs: Math.floor(prng.nextFloat() * MAX_PAUSE_MS),
    victim: urn[Math.floor(prng.nextFloat() * urn.length)] ?? 'worker',
    pick: prng.nextFloat(),
    downMs: Math.floor(prng.nextFloat() * MAX_DOWN_MS),
  }));
}
