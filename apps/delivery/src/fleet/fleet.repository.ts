import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { canonicalJson } from '@kernelcast/artifact';
import { digestSchema, flattenedJwsSchema, manifestSlotSchema, waveSchema } from '@kernelcast/contracts';
import type { Digest } from '@kernelcast/contracts';
import { Database, readFleetVersion } from '@kernelcast/database';
import type { Prisma, Tx } from '@kernelcast/database';
import { z } from 'zod';
import { DEVICE_LINES } from './device-lines.js';
import type { ActiveRollout, DeviceRow, FleetPicture } from './fleet.types.js';

/**
 * Rollouts that decide what devices run. A paused one stays where it is; one that was aborted since its version was
 * revoked tells which devices were its.
 */
const DECIDING: Prisma.RolloutWhereInput[] = [
  {
    state: { in: ['running', 'paused', 'completed'] },
    modulatorVersion: { state: { in: ['approved', 'deprecated', 'quarantined'] } },
  },
  { state: 'aborted', startedAt: { not: null }, modulatorVersion: { state: 'revoked' } },
];
const DEVICE_FIELDS = { id: true, groupId: true, baseDigests: true, epoch: true, state: true } as const;
const ROLLOUT_FIELDS = {
  modulatorVersion: { include: { modulator: { include: { task: true, baseNetwork: true } } } },
} as const;

const wavesSchema = z.array(waveSchema).min(1);
type RolloutRow = Prisma.RolloutGetPayload<{ include: typeof ROLLOUT_FIELDS }>;
type SelectedDevice = Prisma.DeviceGetPayload<{ select: typeof DEVICE_FIELDS }>;

/** Reads the desired state of the fleet. */
@Injectable()
export class FleetRepository {
  constructor(private readonly database: Database) {}

  version(): Promise<bigint> {
    return readFleetVersion(this.database.prisma);
  }

  /** Everything but the devices, as of one moment. */
  picture(): Promise<FleetPicture> {
    return this.database.transaction(readPicture, { isolation: 'RepeatableRead' });
  }

  /** Streams all devices, as `DeviceLines` reads them. */
  deviceLines(onLine: (line: Uint8Array) => void): Promise<void> {
    return this.database.copyOut(DEVICE_LINES, onLine);
  }

  countDevices(): Promise<number> {
    return this.database.prisma.device.count();
  }

  async device(id: string): Promise<DeviceRow | undefined> {
    const row = await this.database.prisma.device.findUnique({ where: { id }, select: DEVICE_FIELDS });
    return row === null ? undefined : toDevice(row);
  }
}

async function readPicture(tx: Tx): Promise<FleetPicture> {
  const version = await readFleetVersion(tx);
  const rollouts = await tx.rollout.findMany({
    where: { OR: DECIDING },
    include: ROLLOUT_FIELDS,
  });
  const groups = await tx.rollout.groupBy({ by: ['groupId'], _max: { changedAtVersion: true } });
  const trust = await tx.trustRoot.findFirst({ orderBy: { version: 'desc' }, select: { signatures: true } });
  const bases = await tx.baseNetwork.findMany({ select: { digest: true } });
  const revocations = await tx.device.findMany({
    where: { OR: [{ state: 'revoked' }, { epoch: { gt: 1 } }] },
    select: { id: true, epoch: true, state: true },
  });
  return {
    version,
    rollouts: withoutIdle(rollouts.map(toRollout)),
    groupVersions: new Map(groups.map(({ groupId, _max }) => [groupId, Number(_max.changedAtVersion ?? 0)])),
    ...(trust && { trustRoot: z.array(flattenedJwsSchema).parse(trust.signatures) }),
    baseDigests: new Set(bases.map(({ digest }) => digestSchema.parse(digest))),
    revocations: revocations.map(({ id, epoch, state }) => ({ id, epoch, revoked: state === 'revoked' })),
  };
}

/** Withdrawn rollouts matter only to the frozen ones of their group: all others would be carried along for ever. */
function withoutIdle(rollouts: readonly ActiveRollout[]): ActiveRollout[] {
  const frozen = new Set(rollouts.filter(({ frozenAt }) => frozenAt !== undefined).map(({ groupId }) => groupId));
  return rollouts.filter(({ groupId, withdrawn }) => !withdrawn || frozen.has(groupId));
}

function toDevice({ id, groupId, baseDigests, epoch, state }: SelectedDevice): DeviceRow {
  return {
    id,
    groupId,
    baseDigests: baseDigests.map((d) => digestSchema.parse(d)),
    epoch,
    revoked: state === 'revoked',
  };
}

function toRollout(row: RolloutRow): ActiveRollout {
  const { modulatorVersion: version, id, groupId } = row;
  const { task, baseNetwork } = version.modulator;
  return {
    id,
    groupId,
    startedAt: row.startedAt ?? row.createdAt,
    share: shareOf(row),
    assignment: {
      task: task.name,
      modulatorVersion: version.version,
      digest: digestSchema.parse(version.digest),
      size: version.size,
      encoding: manifestSlotSchema.shape.encoding.parse(version.encoding),
      labelsDigest: digestOfLabels(version.labels),
      statement: flattenedJwsSchema.parse(version.statement),
      baseDigest: digestSchema.parse(baseNetwork.digest),
    },
    withdrawn: row.state === 'aborted',
    ...(version.state === 'quarantined' && { frozenAt: version.decidedAt ?? row.createdAt }),
  };
}

function shareOf({ state, waves, currentWave }: RolloutRow): number {
  if (state === 'completed') return 1;
  return wavesSchema.parse(waves)[currentWave]?.share ?? 1;
}

function digestOfLabels(labels: readonly string[]): Digest {
  return `sha256:${createHash('sha256').update(canonicalJson(labels)).digest('hex')}`;
}
