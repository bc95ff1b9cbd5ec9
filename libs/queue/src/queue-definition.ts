import type { z } from 'zod';

export interface Backoff {
  readonly type: 'fixed' | 'exponential';
  readonly delayMs: number;
}

/** One kind of work, known to both ends: its name, the schema of its payload, and how often it is tried. */
export interface QueueDefinition<T> {
  readonly name: string;
  readonly schema: z.ZodType<T>;
  /** Runs of the handler before the job counts as failed. Takeovers from dead workers do not count. */
  readonly attempts: number;
  readonly backoff: Backoff;
}

/** Priorities of messages go from 0 to this; higher ones are taken first. */
export const HIGHEST_PRIORITY = 9;
export const DEFAULT_PRIORITY = 5;

export interface Message<T> {
  readonly id: string;
  readonly payload: T;
  /** From 0 to 9; higher ones are taken first. 5 when left out. */
  readonly priority?: number;
}

export const defineQueue = <T>(definition: QueueDefinition<T>): QueueDefinition<T> => definition;
