import { versionStateSchema, waveSchema, type PageQuery, type Rollout, type VersionState } from '@kernelcast/contracts';
import { Database, type Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { ADVANCING } from '../modulators/version-transitions.js';
import { afterCursor, newestFirst } from '../paging/paging.js';
import type { Owned } from '../projects/project-access.js';

export type NewRollout = Pick<Rollout, 'id' | 'modulatorVersionId' | 'groupId' | 'waves'> & {
  readonly createdBy: string;
} & Owned;

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

  /**
   * The state of the version that a rollout brings. It is held until the transaction ends: whoever quarantines the
   * version meanwhile waits, and then finds the rollout as it has become.
   */
  async versionState(id: string, tx: Tx): Promise<VersionState | undefined> {
    const [row] = await tx.$queryRaw<{ state: string }[]>`
      SELECT v.state::text AS state FROM rollouts r JOIN modulator_versions v ON v.id = r.modulator_version_id
      WHERE r.id = ${id} FOR SHARE OF v`;
    return versionStateSchema.optional().parse(row?.state);
  }

  async projectOf(id: string): Promise<string> {
    const where = { id };
    return (await this.db.prisma.rollout.findUniqueOrThrow({ where, select: { projectId: true } })).projectId;
  }

  async list(query: PageQuery): Promise<Rollout[]> {
    const rows = await this.db.prisma.rollout.findMany({
      where: afterCursor(query),
      ...newestFirst(query),
      include: related,
    });
    return rows.map(toRollout);
  }

  /** Running ones whose version may go further. */
  async listRunning(): Promise<Rollout[]> {
    const where: Prisma.RolloutWhereInput = { state: 'running', modulatorVersion: { state: { in: [...ADVANCING] } } };
    const rows = await this.db.prisma.rollout.findMany({ where, include: related });
    return rows.map(toRollout);
  }

  /** Moves a rollout on from the state and wave in which it was seen. @returns null when it has moved since, or must not. */
  async move(tx: Tx, seen: Pick<Rollout, 'id' | 'state' | 'currentWave'>, to: RolloutMove): Promise<Rollout | null> {
    const { id, state, currentWave } = seen;
    const where = { id, state, currentWave, modulatorVersion: { state: { in: [...ADVANCING] } } };
    const { count } = await tx.rollout.updateMany({ where, data: to });
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
