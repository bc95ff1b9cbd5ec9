import type { Prisma, Tx } from '@kernelcast/database';
import type { Lease } from './training-jobs.types.js';

type EventType = 'state' | 'step' | 'log' | 'checkpoint';

export const toJson = (value: Readonly<Record<string, unknown>>): Prisma.InputJsonObject =>
  value as Prisma.InputJsonObject;

/** Adds an entry to a job's event log. */
export async function appendEvent(
  tx: Tx,
  jobId: string,
  type: EventType,
  data: Readonly<Record<string, unknown>>,
): Promise<void> {
  await tx.jobEvent.create({ data: { trainingJobId: jobId, type, data: toJson(data) } });
}

/** Adds a line for people. */
export const appendLog = (tx: Tx, { jobId, attempt }: Lease, message: string): Promise<void> =>
  appendEvent(tx, jobId, 'log', { message, attempt });
