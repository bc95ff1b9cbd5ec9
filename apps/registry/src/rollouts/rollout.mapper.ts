import { maintenanceWindowSchema, stopReasonSchema, waveSchema, type Rollout } from '@kernelcast/contracts';
import type { Prisma } from '@kernelcast/database';
import { z } from 'zod';

/** What is read with a rollout. */
export const related = {
  modulatorVersion: {
    select: {
      version: true,
      state: true,
      digest: true,
      modulatorId: true,
      modulator: {
        select: { task: { select: { id: true, name: true } }, baseNetwork: { select: { digest: true } } },
      },
    },
  },
} as const;
export type RolloutRow = Prisma.RolloutGetPayload<{ include: typeof related }>;

const wavesSchema = z.array(waveSchema);
const windowsSchema = z.array(maintenanceWindowSchema);

export const toRollout = ({ modulatorVersion, ...row }: RolloutRow): Rollout => ({
  id: row.id,
  modulatorVersionId: row.modulatorVersionId,
  orderedAs: row.orderedAs,
  taskName: modulatorVersion.modulator.task.name,
  version: modulatorVersion.version,
  groupId: row.groupId,
  state: row.state,
  waves: wavesSchema.parse(row.waves),
  currentWave: row.currentWave,
  onBreach: row.onBreach === 'rollback' ? 'rollback' : 'halt',
  priority: row.priority,
  startAt: shown(row.startAt),
  windows: windowsSchema.parse(row.windows),
  approval: {
    required: row.approvalRequired,
    by: row.approvedBy,
    at: shown(row.approvedAt),
    comment: row.approvalComment,
  },
  waveStartedAt: shown(row.waveStartedAt),
  gateHeldSince: shown(row.gateHeldSince),
  stopped: row.stoppedAt && {
    reason: stopReasonSchema.parse(row.stopReason),
    at: row.stoppedAt.toISOString(),
  },
  acceptedFailures: row.acceptedFailures,
  rolledBackToId: row.rolledBackToId,
  createdAt: row.createdAt.toISOString(),
  startedAt: shown(row.startedAt),
  finishedAt: shown(row.finishedAt),
});

const shown = (time: Date | null): string | null => time?.toISOString() ?? null;
