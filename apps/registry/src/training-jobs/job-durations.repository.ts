import type { Method, Scenario } from '@kernelcast/contracts';
import { Database } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import type { Owned } from '../projects/project-access.js';
import type { FinishedRun } from './job-estimate.js';

export interface AlikeJobs extends Owned {
  readonly scenario: Scenario;
  readonly method: Method;
  readonly baseNetworkId: string;
  readonly limit: number;
}

/** How long jobs took. */
@Injectable()
export class JobDurationsRepository {
  constructor(private readonly db: Database) {}

  /**
   * The last jobs of a project in a scenario and method on a base that succeeded at one go, newest first. Those that were interrupted, paused or
   * searched for hyperparameters tell nothing of how long a run takes.
   */
  list({ projectId, scenario, method, baseNetworkId, limit }: AlikeJobs): Promise<FinishedRun[]> {
    return this.db.prisma.$queryRaw<FinishedRun[]>`
      SELECT extract(epoch FROM finished_at - started_at)::float8 AS seconds, steps
      FROM training_jobs AS job
      WHERE project_id = ${projectId} AND state = 'succeeded'
        AND scenario = ${scenario} AND method = ${method} AND base_network_id = ${baseNetworkId}
        AND started_at IS NOT NULL AND budget->>'seconds' IS NULL
        AND (SELECT count(*) FROM job_events
             WHERE training_job_id = job.id AND type = 'state' AND data->>'state' = 'running') = 1
      ORDER BY finished_at DESC LIMIT ${limit}`;
  }
}
