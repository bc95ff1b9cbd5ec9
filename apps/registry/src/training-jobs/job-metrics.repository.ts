import type { JobCheckpoint, JobMetric } from '@kernelcast/contracts';
import { Database } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';

interface PointRow extends Omit<JobMetric, 'at'> {
  readonly at: Date;
}

/** What is measured and kept while a job is trained. */
@Injectable()
export class JobMetricsRepository {
  constructor(private readonly db: Database) {}

  /**
   * The training curve by rising step. An attempt that goes on from a checkpoint repeats steps that an earlier one had
   * reported: the newer report of a step stands. A curve of more than `limit` points comes as the lowest and the highest
   * loss of each of half as many buckets, and its ends.
   */
  async curve(jobId: string, limit: number): Promise<JobMetric[]> {
    const buckets = Math.max(1, Math.floor(limit / 2));
    const rows = await this.db.prisma.$queryRaw<PointRow[]>`
      WITH reported AS (
        SELECT id, at, data, (data->>'step')::int AS step, (data->>'loss')::float8 AS loss,
          min((data->>'step')::int) OVER (ORDER BY id DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS next
        FROM job_events WHERE training_job_id = ${jobId} AND type = 'step'
      ), numbered AS (
        SELECT *, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS total
        FROM reported WHERE next IS NULL OR step < next
      ), bucketed AS (
        SELECT *, CASE WHEN total <= ${limit} THEN place ELSE (place - 1) * ${buckets} / total END AS bucket FROM numbered
      ), ranked AS (
        SELECT *, row_number() OVER (PARTITION BY bucket ORDER BY loss, id) AS lowest,
          row_number() OVER (PARTITION BY bucket ORDER BY loss DESC NULLS LAST, id) AS highest
        FROM bucketed
      )
      SELECT step, at, loss, (data->>'batchLoss')::float8 AS "batchLoss", (data->>'accuracy')::float8 AS accuracy,
        (data->>'imagesPerSecond')::float8 AS "imagesPerSecond"
      FROM ranked WHERE lowest = 1 OR highest = 1 OR place = 1 OR place = total ORDER BY id`;
    return rows.map(({ at, ...point }) => ({ ...point, at: at.toISOString() }));
  }

  /** Newest first. */
  async checkpoints(jobId: string): Promise<JobCheckpoint[]> {
    const rows = await this.db.prisma.jobCheckpoint.findMany({
      where: { trainingJobId: jobId },
      orderBy: { id: 'desc' },
    });
    return rows.map(({ step, size, createdAt }) => ({ step, size: Number(size), createdAt: createdAt.toISOString() }));
  }
}
