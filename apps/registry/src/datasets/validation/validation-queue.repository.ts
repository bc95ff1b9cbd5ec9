import type { Digest } from '@kernelcast/contracts';
import { Database, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';

/** An upload whose bytes are all there, leased to one registry. */
export interface ValidationTask {
  readonly uploadId: string;
  readonly projectId: string;
  readonly datasetId: string;
  readonly versionId: string;
  readonly size: number;
  /** What the client says. */
  readonly digest: Digest | null;
  /** Counting this one. */
  readonly attempts: number;
}

interface TaskRow {
  id: string;
  project_id: string;
  dataset_id: string;
  version_id: string;
  size: bigint;
  digest: string | null;
  attempts: number;
}

/** Uploads that wait for validation, shared out between any number of registries by leases. */
@Injectable()
export class ValidationQueue {
  constructor(private readonly db: Database) {}

  /** Leases the oldest upload that nobody works at. */
  async claim(owner: string, leaseMs: number): Promise<ValidationTask | null> {
    const [row] = await this.db.prisma.$queryRaw<TaskRow[]>`
      UPDATE dataset_uploads u
      SET lease_owner = ${owner}, lease_until = now() + ${leaseMs} * interval '1 millisecond', attempts = attempts + 1
      FROM datasets d
      WHERE d.id = u.dataset_id AND u.id = (
        SELECT id FROM dataset_uploads
        WHERE state = 'validating' AND (lease_until IS NULL OR lease_until < now())
        ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)
      RETURNING u.id, d.project_id, u.dataset_id, u.version_id, u.size, u.digest, u.attempts`;
    if (!row) return null;
    const { id: uploadId, project_id: projectId, dataset_id: datasetId, version_id: versionId, digest, attempts } = row;
    return {
      uploadId,
      projectId,
      datasetId,
      versionId,
      size: Number(row.size),
      digest: digest as Digest | null,
      attempts,
    };
  }

  /** @returns false when the lease is another's by now */
  async renew({ uploadId }: ValidationTask, owner: string, leaseMs: number): Promise<boolean> {
    const count = await this.db.prisma.$executeRaw`
      UPDATE dataset_uploads SET lease_until = now() + ${leaseMs} * interval '1 millisecond'
      WHERE id = ${uploadId} AND lease_owner = ${owner} AND state = 'validating'`;
    return count === 1;
  }

  /** Hands an upload back, to be tried again at once: this try does not count. */
  async release({ uploadId }: ValidationTask, owner: string): Promise<void> {
    await this.db.prisma.datasetUpload.updateMany({
      where: { id: uploadId, leaseOwner: owner, state: 'validating' },
      data: { leaseOwner: null, leaseUntil: null, attempts: { decrement: 1 } },
    });
  }

  /** @returns false when the lease is another's by now: then nothing may be written */
  async finish(
    tx: Tx,
    { uploadId }: ValidationTask,
    { owner, versionId, duplicate }: { owner: string; versionId: string; duplicate: boolean },
  ): Promise<boolean> {
    const { count } = await tx.datasetUpload.updateMany({
      where: { id: uploadId, leaseOwner: owner, state: 'validating' },
      data: { state: 'done', versionId, duplicate, leaseOwner: null, leaseUntil: null },
    });
    return count === 1;
  }
}
