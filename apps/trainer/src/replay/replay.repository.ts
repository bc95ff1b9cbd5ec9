import { digestSchema, type Digest } from '@kernelcast/contracts';
import type { Database } from '@kernelcast/database';
import { DEFINITION_PARTS, toJobDefinition } from '../training-jobs/leased-job.js';
import type { JobDefinition } from '../training-jobs/training-jobs.types.js';

/** What the registry's records say of a finished job. */
export interface RecordedRun {
  readonly definition: JobDefinition;
  readonly versionId: string;
  readonly digest: Digest;
  readonly backend: string;
  readonly threads: number | undefined;
}

/** The job cannot be run again. */
export class ReplayError extends Error {
  readonly code = 'replay_impossible';

  constructor(reason: string, options?: ErrorOptions) {
    super(`Cannot be replayed: ${reason}`, options);
    this.name = 'ReplayError';
  }
}

/** Reads what is recorded of finished jobs, and writes nothing. */
export class ReplayRepository {
  constructor(private readonly database: Database) {}

  /**
   * @param id - of a modulator version, or of the job that made one
   * @throws {ReplayError} when there is no such thing, or it has no result
   */
  async find(id: string): Promise<RecordedRun> {
    const row = await this.database.prisma.trainingJob.findFirst({
      where: { OR: [{ id }, { result: { id } }] },
      include: { ...DEFINITION_PARTS, result: { select: { id: true, digest: true } } },
    });
    if (row === null) throw new ReplayError(`there is neither a modulator version nor a training job ${id}`);
    if (row.result === null) throw new ReplayError(`${row.id} is ${row.state} and has no result`);
    if (row.backend === null) throw new ReplayError(`nobody recorded what ${row.id} was trained on`);
    return {
      definition: toJobDefinition(row),
      versionId: row.result.id,
      digest: digestSchema.parse(row.result.digest),
      backend: row.backend,
      threads: row.threads ?? undefined,
    };
  }
}
