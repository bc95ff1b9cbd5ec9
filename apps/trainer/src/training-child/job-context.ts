import type { SpareThreads } from '@kernelcast/training';
import type { ChildMessage } from './messages.js';

/** Milliseconds between two progress messages: the parent writes at most four times a second. */
const PROGRESS_INTERVAL_MS = 100;

/** The parent asked to end with a checkpoint. */
export class StopRequest extends Error {
  constructor() {
    super('Stopped on request');
    this.name = 'StopRequest';
  }
}

/** What a job's run has to do with the parent. */
export interface JobContext {
  send(message: ChildMessage): Promise<void>;
  /** Aborted with a `StopRequest`. */
  readonly signal: AbortSignal;
  /** Of a process that was made ready. */
  readonly spareThreads?: SpareThreads;
}

type Progress = Omit<Extract<ChildMessage, { type: 'progress' }>, 'type'>;

/** Passes on the first and the last step, and between them what the interval allows. */
export function throttled({ send }: JobContext): (report: Progress) => Promise<void> | undefined {
  let sentAt = -Infinity;
  return (report) => {
    const now = performance.now();
    if (report.step < report.steps && now - sentAt < PROGRESS_INTERVAL_MS) return undefined;
    sentAt = now;
    return send({ type: 'progress', ...report });
  };
}
