import {
  versionStateSchema,
  type ListRolloutsQuery,
  type Page,
  type Rollout,
  type StopReason,
  type VersionState,
} from '@kernelcast/contracts';
import { Database, Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { ADVANCING } from '../modulators/version-transitions.js';
import { createdWithin, oneOf, readPage, type Listing } from '../paging/keyset.js';
import { ownedBy, referredIds } from '../paging/references.js';
import type { Owned } from '../projects/project-access.js';
import { related, toRollout } from './rollout.mapper.js';

export type NewRollout = Pick<
  Rollout,
  'id' | 'modulatorVersionId' | 'orderedAs' | 'groupId' | 'waves' | 'onBreach' | 'priority' | 'windows'
> & {
  readonly startAt: Date | null;
  readonly createdBy: string;
  /** Whether somebody else has to say yes before it starts. */
  readonly approvalRequired: boolean;
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
  readonly waveStartedAt?: Date;
  readonly gateHeldSince?: Date | null;
  readonly stopReason?: StopReason | null;
  readonly stoppedAt?: Date | null;
  readonly acceptedFailures?: number;
  readonly rolledBackToId?: string;
}

export interface Approval {
  /** The person, whichever key they used. */
  readonly approvedBy: string;
  readonly approvedAt: Date;
  readonly approvalComment: string;
}

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

  /** Those that the clock moves on: running ones whose version may go further, and those whose time may have come. */
  async listMoving(): Promise<RunningRollout[]> {
    const where: Prisma.RolloutWhereInput = {
      state: { in: ['running', 'scheduled'] },
      modulatorVersion: { state: { in: [...ADVANCING] } },
    };
    const rows = await this.db.prisma.rollout.findMany({ where, include: related, orderBy: { id: 'asc' } });
    return rows.map((row) => ({ projectId: row.projectId, rollout: toRollout(row) }));
  }

  /** Moves a rollout on from the state and wave in which it was seen. @returns null when it has moved since */
  async move(tx: Tx, { projectId, id, state, currentWave }: SeenRollout, to: RolloutMove): Promise<Rollout | null> {
    const { count } = await tx.rollout.updateMany({ where: { projectId, id, state, currentWave }, data: to });
    return count === 1 ? this.find(projectId, id, tx) : null;
  }

  /** Keeps since when the gate of the wave holds, as long as the rollout is where it was seen. */
  async keepGate(seen: SeenRollout, gateHeldSince: Date | null): Promise<void> {
    const { projectId, id, state, currentWave } = seen;
    await this.db.prisma.rollout.updateMany({ where: { projectId, id, state, currentWave }, data: { gateHeldSince } });
  }

  /** @returns null when it was approved before, or has started or ended */
  async approve(tx: Tx, { projectId, id }: Owned & { id: string }, approval: Approval): Promise<Rollout | null> {
    const where = { projectId, id, state: 'created', approvedBy: null } as const;
    const { count } = await tx.rollout.updateMany({ where, data: approval });
    return count === 1 ? this.find(projectId, id, tx) : null;
  }

  /** Who ordered a rollout: a user or an API key. */
  async orderedBy(tx: Tx, id: string): Promise<string> {
    const { createdBy } = await tx.rollout.findUniqueOrThrow({ where: { id }, select: { createdBy: true } });
    return createdBy;
  }

  /** Whether the task of a version asks for approvals of its rollouts. */
  async needsApproval(tx: Tx, modulatorVersionId: string): Promise<boolean> {
    const { modulator } = await tx.modulatorVersion.findUniqueOrThrow({
      where: { id: modulatorVersionId },
      select: { modulator: { select: { task: { select: { rolloutApproval: true } } } } },
    });
    return modulator.task.rolloutApproval;
  }
}
