/** By how much the time between two polls may be stretched: few steps, so that devices keep their phase within one. */
const STRETCHES = [1, 1.5, 2, 3, 4, 6, 8] as const;
/** Share of the time that the event loop worked, above which the load is to be lowered. */
const HIGH_UTILISATION = 0.85;
/** Below it the stretch is taken back. */
const LOW_UTILISATION = 0.5;
/** Ticks of high load for a step up: the last step has to show first. */
const TICKS_UP = 10;
/** Ticks of low load for a step down: more than a poll interval, for what is stretched shows only then. */
const TICKS_DOWN = 90;
/** Ticks of high load after which last-seen times are given up. */
const TICKS_TO_SHED = 5;
/** Median wait of what is due on the event loop, in milliseconds, at which polls are refused; and where they are not. */
const OVERLOAD_DELAY_MS = 250;
const RELIEF_DELAY_MS = 100;

/** What a tick of the monitor saw. */
export interface LoadSample {
  /** Share of the time since the last tick that the event loop worked, 0 to 1. */
  readonly utilisation: number;
  /** Median delay of the event loop since the last tick, in milliseconds. */
  readonly delayMs: number;
}

export interface LoadState {
  /** Index of the stretch. */
  readonly step: number;
  /** Ticks in a row of high load, negative for low load. */
  readonly streak: number;
  /** Ticks in a row of high load, whatever the steps taken. */
  readonly highFor: number;
  readonly isOverloaded: boolean;
}

export const NO_LOAD: LoadState = { step: 0, streak: 0, highFor: 0, isOverloaded: false };

/** The state after one more tick (a second): steps up soon, steps down late, at most one step at a time. */
export function nextLoad(state: LoadState, { utilisation, delayMs }: LoadSample): LoadState {
  const isOverloaded = delayMs > (state.isOverloaded ? RELIEF_DELAY_MS : OVERLOAD_DELAY_MS);
  const isHigh = utilisation > HIGH_UTILISATION || isOverloaded;
  const isLow = utilisation < LOW_UTILISATION && !isOverloaded;
  const highFor = isHigh ? state.highFor + 1 : 0;
  const streak = isHigh ? Math.max(state.streak, 0) + 1 : isLow ? Math.min(state.streak, 0) - 1 : 0;
  const { step } = state;
  if (streak >= TICKS_UP) return { step: Math.min(step + 1, STRETCHES.length - 1), streak: 0, highFor, isOverloaded };
  if (streak <= -TICKS_DOWN) return { step: Math.max(step - 1, 0), streak: 0, highFor, isOverloaded };
  return { step, streak, highFor, isOverloaded };
}

/** Factor, 1 to 8, of the time between two polls. */
export function stretchOf({ step }: LoadState): number {
  return STRETCHES[step] ?? 1;
}

/** Whether last-seen times are given up, the first thing to go. */
export function shedsPresence({ highFor, isOverloaded }: LoadState): boolean {
  return isOverloaded || highFor >= TICKS_TO_SHED;
}
