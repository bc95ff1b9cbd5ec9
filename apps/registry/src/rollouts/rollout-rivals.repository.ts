import { waveSchema, type Rollout } from '@kernelcast/contracts';
import { Database, type Prisma, type Tx } from '@kernelcast/database';
import { byPrecedence } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import { z } from 'zod';
import { STATED } from '../modulators/version-transitions.js';
import { deciding, type LiveRollout } from './rollout-rivals.js';

const FIELDS = {
  id: true,
  groupId: true,
  group: { select: { selectorPath: true } },
  state: true,
  priority: true,
  startedAt: true,
  finishedAt: true,
  waves: true,
  currentWave: true,
  modulatorVersion: { select: { version: true, state: true, decidedAt: true } },
} as const satisfies Prisma.RolloutSelect;
type Row = Prisma.RolloutGetPayload<{ select: typeof FIELDS }>;

/** What decides for devices now: anything that started and was neither rolled back to older ones nor revoked. */
const LIVE: Prisma.RolloutWhereInput = {
  startedAt: { not: null },
  OR: [
    {
      state: { in: ['running', 'paused', 'halted', 'completed', 'aborted'] },
      modulatorVersion: { state: { in: [...STATED] } },
    },
    { state: 'rolled_back', rolledBackToId: { not: null } },
  ],
};

/** Reads the other rollouts of a task that share devices with one. */
@Injectable()
export class RolloutRivalsRepository {
  constructor(private readonly db: Database) {}

  /** Live rollouts of the same task on the same base, to groups that may share devices with its group. */
  async of(
    { id, groupId, modulatorVersionId }: Pick<Rollout, 'id' | 'groupId' | 'modulatorVersionId'>,
    tx: Tx = this.db.prisma,
  ): Promise<LiveRollout[]> {
    const { modulatorId } = await tx.modulatorVersion.findUniqueOrThrow({
      where: { id: modulatorVersionId },
      select: { modulatorId: true },
    });
    const { selectorPath } = await tx.deviceGroup.findUniqueOrThrow({
      where: { id: groupId },
      select: { selectorPath: true },
    });
    // Groups that devices enrol into have none in common; one that they are in by their attributes may share any.
    const groups: Prisma.RolloutWhereInput =
      selectorPath === null ? { OR: [{ groupId }, { group: { selectorPath: { not: null } } }] } : {};
    const where = { AND: [LIVE, { id: { not: id }, modulatorVersion: { modulatorId } }, groups] };
    return (await tx.rollout.findMany({ where, select: FIELDS })).map(toLive);
  }

  /** Those that decide before it does, where they reach a device. */
  async before(rollout: Rollout) {
    const { id, priority } = rollout;
    const startedAt = rollout.startedAt === null ? new Date() : new Date(rollout.startedAt);
    return deciding(await this.of(rollout))
      .filter((rival) => byPrecedence(rival, { id, priority, startedAt }) < 0)
      .map((rival) => ({ ...rival, rolloutId: rival.id }));
  }
}

const wavesSchema = z.array(waveSchema);

const toLive = ({ modulatorVersion, waves, currentWave, startedAt, finishedAt, ...row }: Row): LiveRollout => ({
  id: row.id,
  groupId: row.groupId,
  selected: row.group.selectorPath !== null,
  priority: row.priority,
  state: row.state,
  version: modulatorVersion.version,
  startedAt: startedAt ?? new Date(0),
  share: row.state === 'completed' ? 1 : (wavesSchema.parse(waves)[currentWave]?.share ?? 1),
  frozenAt:
    row.state === 'aborted' ? finishedAt : modulatorVersion.state === 'quarantined' ? modulatorVersion.decidedAt : null,
});
