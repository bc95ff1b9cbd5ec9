import { Prisma, type Database } from '@kernelcast/database';
import { fenced } from './fence.js';
import { appendEvent, appendLog } from './job-events.js';
import type { CheckpointRef, Lease } from './training-jobs.types.js';

/** Most rows looked at in one go when clearing up. */
const BATCH = 200;

/** Jobs that nobody continues. */
const ENDED = Prisma.sql`(j.state IN ('succeeded', 'cancelled') OR (j.state = 'failed' AND NOT j.error_retryable))`;

/** Which checkpoints of a job are in the object store. */
export class CheckpointsRepository {
  constructor(private readonly database: Database) {}

  /**
   * Notes a stored checkpoint and forgets those beyond the newest `keep`.
   * @returns the keys forgotten
   * @throws {LeaseLostError}
   */
  add(lease: Lease, checkpoint: CheckpointRef & { readonly size: number }, keep: number): Promise<string[]> {
    const { key, step, size } = checkpoint;
    return fenced(this.database, lease, {}, async (tx) => {
      const data = { trainingJobId: lease.jobId, step, size: BigInt(size) };
      await tx.jobCheckpoint.upsert({ where: { key }, create: { ...data, key }, update: data });
      await appendEvent(tx, lease.jobId, 'checkpoint', { step });
      const old = await tx.jobCheckpoint.findMany({
        where: { trainingJobId: lease.jobId },
        orderBy: { id: 'desc' },
        skip: keep,
        select: { id: true, key: true },
      });
      await tx.jobCheckpoint.deleteMany({ where: { id: { in: old.map(({ id }) => id) } } });
      return old.map((row) => row.key);
    });
  }

  /** Forgets a checkpoint that is of no use. @throws {LeaseLostError} */
  drop(lease: Lease, key: string, reason: string): Promise<void> {
    return fenced(this.database, lease, {}, async (tx) => {
      await tx.jobCheckpoint.deleteMany({ where: { key } });
      await appendLog(tx, lease, reason);
    });
  }

  /** Checkpoints of jobs that nobody continues, of all jobs or of one. */
  async ofEndedJobs(jobId: string | undefined = undefined): Promise<string[]> {
    const one = jobId === undefined ? Prisma.empty : Prisma.sql`AND j.id = ${jobId}`;
    const rows = await this.database.prisma.$queryRaw<{ key: string }[]>`
      SELECT c.key FROM job_checkpoints c JOIN training_jobs j ON j.id = c.training_job_id
      WHERE ${ENDED} ${one} ORDER BY c.id LIMIT ${BATCH}`;
    return rows.map(({ key }) => key);
  }

  async forget(keys: readonly string[]): Promise<void> {
    await this.database.prisma.jobCheckpoint.deleteMany({ where: { key: { in: [...keys] } } });
  }
}
