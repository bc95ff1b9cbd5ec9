import { jobEventSchema, type JobEvent } from '@kernelcast/contracts';
import { Database, type Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';

export interface EventsAfter {
  readonly jobId: string;
  /** Id of the last event seen; 0 before the first. */
  readonly after: number;
  readonly limit: number;
  /** All when left out. */
  readonly types?: readonly JobEvent['type'][];
}

const typeSchema = jobEventSchema.shape.type;

/**
 * A job's append-only log. Whoever appends holds the job's row first, so the events of one job become visible in the
 * order of their ids and a reader that goes on after the last one it saw misses none.
 */
@Injectable()
export class JobEventsRepository {
  constructor(private readonly db: Database) {}

  async append(tx: Tx, jobId: string, event: Pick<JobEvent, 'type' | 'data'>): Promise<void> {
    const data = event.data as Prisma.InputJsonObject;
    await tx.jobEvent.create({ data: { trainingJobId: jobId, type: event.type, data } });
  }

  async list({ jobId, after, limit, types }: EventsAfter): Promise<JobEvent[]> {
    const rows = await this.db.prisma.jobEvent.findMany({
      where: { trainingJobId: jobId, id: { gt: BigInt(after) }, ...(types ? { type: { in: [...types] } } : {}) },
      orderBy: { id: 'asc' },
      take: limit,
    });
    return rows.map(({ id, at, type, data }) => ({
      id: Number(id),
      at: at.toISOString(),
      type: typeSchema.parse(type),
      data: data as JobEvent['data'],
    }));
  }
}
