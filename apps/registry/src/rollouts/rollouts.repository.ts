import {
  versionStateSchema,
  waveSchema,
  type ListRolloutsQuery,
  type Page,
  type Rollout,
  type VersionState,
} from '@kernelcast/contracts';
import { Database, Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { ADVANCING } from '../modulators/version-transitions.js';
import { createdWithin, oneOf, readPage, type Listing } from '../paging/keyset.js';
import { ownedBy, referredIds } from '../paging/references.js';
import type { Owned } from '../projects/project-access.js';

export type NewRollout = Pick<Rollout, 'id' | 'modulatorVersionId' | 'orderedAs' | 'groupId' | 'waves'> & {
  readonly createdBy: string;
} & Owned;

/** A rollout as it was before a move. */
export type SeenRollout = Pick<Rollout, 'id' | 'state' | 'currentWave'> & Owned;

export interface RunningRollout extends Owned {
  readonly rollout: Rollout;
}

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

const LISTING: Listing<'createdAt'> = {
  name: 'rollouts',
  from: Prisma.sql`rollouts`,
  id: Prisma.sql`id`,
  sorts: { createdAt: { column: Prisma.sql`created_at`, type: 'time' } },
};

@Injectable()
export class RolloutsRepository {
  constructor(private readonly db: Database) {}

  async create(tx: Tx, data: NewRollout): Promise<Rollout> {
    return toRollout(await tx.rollout.create({ data, include: related }));
  }

  async find(projectId: string, id: string, tx: Tx = this.db.prisma): Promise<Rollout | null> {
    const row = await tx.rollout.findFirst({ where: { projectId, id }, include: related });
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

  async list(projectId: string, query: ListRolloutsQuery): Promise<Page<Rollout>> {
    const { prisma } = this.db;
    const request = {
      query,
      scope: [projectId],
      where: [ownedBy(projectId), ...createdWithin(query, Prisma.sql`created_at`)],
      oneOf: [
        oneOf(Prisma.sql`group_id`, await referredIds(prisma, { projectId, table: 'device_groups' }, query.group)),
        oneOf(Prisma.sql`modulator_version_id`, query.modulatorVersion),
        oneOf(Prisma.sql`state`, query.state, Prisma.sql`"RolloutState"`),
      ],
    };
    return readPage(prisma, LISTING, request, async (ids) =>
      (await prisma.rollout.findMany({ where: { id: { in: ids } }, include: related })).map(toRollout),
    );
  }

  /** Running ones whose version may go further. */
  async listRunning(): Promise<RunningRollout[]> {
    const where: Prisma.RolloutWhereInput = { state: 'running', modulatorVersion: { state: { in: [...ADVANCING] } } };
    const rows = await this.db.prisma.rollout.findMany({ where, include: related });
    return rows.map((row) => ({ projectId: row.projectId, rollout: toRollout(row) }));
  }

  /** Moves a rollout on from the state and wave in which it was seen. @returns null when it has moved since, or must not. */
  async move(tx: Tx, seen: SeenRollout, to: RolloutMove): Promise<Rollout | null> {
    const { projectId, id, state, currentWave } = seen;
    const where = { projectId, id, state, currentWave, modulatorVersion: { state: { in: [...ADVANCING] } } };
    const { count } = await tx.rollout.updateMany({ where, data: to });
    return count === 1 ? this.find(projectId, id, tx) : null;
  }
}

const toRollout = ({ modulatorVersion, ...row }: Row): Rollout => ({
  id: row.id,
  modulatorVersionId: row.modulatorVersionId,
  orderedAs: row.orderedAs,
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
