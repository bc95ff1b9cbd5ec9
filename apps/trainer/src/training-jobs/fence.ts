import type { Database, Prisma, Tx } from '@kernelcast/database';
import { LEASED_STATES } from './job-rules.js';
import { LeaseLostError, type Lease } from './training-jobs.types.js';

/** The job's row, as long as the lease holds. */
export const heldBy = ({ jobId, token }: Lease): Prisma.TrainingJobWhereInput => ({
  id: jobId,
  leaseToken: token,
  state: { in: [...LEASED_STATES] },
});

/**
 * Changes a job's row, and then whatever `then` does in the same transaction, only while the lease holds.
 * @throws {LeaseLostError}
 */
export function fenced<T>(
  database: Database,
  lease: Lease,
  data: Prisma.TrainingJobUpdateManyMutationInput,
  then: (tx: Tx) => Promise<T>,
): Promise<T> {
  return database.transaction(async (tx) => {
    // An update without columns would not lock the row: naming the token again makes every write a fence.
    const { count } = await tx.trainingJob.updateMany({
      where: heldBy(lease),
      data: { leaseToken: lease.token, ...data },
    });
    if (count === 0) throw new LeaseLostError(lease.jobId);
    return then(tx);
  });
}
