import { waveSchema, type PageQuery, type Rollout } from '@kernelcast/contracts';
import { Database, type Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { afterCursor, newestFirst } from '../paging/paging.js';

export type NewRollout = Pick<Rollout, 'id' | 'modulatorVersionId' | 'groupId' | 'waves'> & {
  readonly createdBy: string;
};

/** The fields by which a rollout moves on. */
export interface RolloutMove {
  readonly state: Rollout['state'];
  readonly currentWave?: number;
  readonly startedAt?: Date;
  readonly finishedAt?: Date;
  readonly changedAtVersion?: bigint;
}

const related = {
  modulatorVersion: {
    select: { version: true, state: true, modulator: { select: { task: { select: { name: true } } } } },
  },
} as const;
type Row = Prisma.RolloutGetPayload<{ include: typeof related }>;

const wavesSchema = z.array(waveSchema);

@Injectable()
export class RolloutsRepository {
  constructor(private readonly db: Database) {}

  async create(tx: Tx, data: NewRollout): Promise<Rollout> {
    return toRollout(await tx.rollout.create({ data, include: related }));
  }

  async find(id: string, tx: Tx = this.db.prisma): Promise<Rollout | null> {
    const row = await tx.rollout.findUnique({ where: { id }, include: related });
    return row && toRollout(row);
  }

  async isApproved(id: string, tx: Tx): Promise<boolean> {
    return (await tx.rollout.count({ where: { id, modulatorVersion: { state: 'approved' } } })) === 1;
  }

  async list(query: PageQuery): Promise<Rollout[]> {
    const rows = await this.db.prisma.rollout.findMany({
      where: afterCursor(query),
      ...newestFirst(query),
      include: related,
    });
    return rows.map(toRollout);
  }

  async listRunning(): Promise<Rollout[]> {
    const rows = await this.db.prisma.rollout.findMany({ where: { state: 'running' }, include: related });
    return rows.map(toRollout);
  }

  /** Moves a rollout on from the state and wave in which it was seen. @returns null when it has moved since. */
  async move(tx: Tx, seen: Pick<Rollout, 'id' | 'state' | 'currentWave'>, to: RolloutMove): Promise<Rollout | null> {
    const { id, state, currentWave } = seen;
    const { count } = await tx.rollout.updateMany({ where: { id, state, currentWave }, data: to });
    return count === 1 ? this.find(id, tx) : null;
  }
}

const toRollout = ({ modulatorVersion, ...row }: Row): Rollout => ({
  id: row.id,
  modulatorVersionId: row.modulatorVersionId,
  taskName: modulatorVersion.modulator.task.name,
  version: modulatorVersion.version,
  groupId: row.groupId,
  state: row.state,
  waves: wavesSchema.parse(row.waves),
  currentWave: row.currentWave,
  createdAt: row.createdAt.toISOString(),
  startedAt: row.startedAt?.toISOString() ?? null,
  finishedAt: row.finishedAt?.toISOString() ?? null,
});
