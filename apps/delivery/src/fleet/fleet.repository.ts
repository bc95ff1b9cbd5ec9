import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { canonicalJson } from '@kernelcast/artifact';
import { digestSchema, flattenedJwsSchema, manifestSlotSchema, MAX_DELTAS, waveSchema } from '@kernelcast/contracts';
import type { Digest } from '@kernelcast/contracts';
import { Database, readFleetVersion } from '@kernelcast/database';
import type { Prisma, Tx } from '@kernelcast/database';
import { z } from 'zod';
import { DEVICE_LINES } from './device-lines.js';
import type { ActiveRollout, Assignment, DeviceRow, FleetPicture } from './fleet.types.js';

/** Versions that devices may be told to run. */
const RUNNABLE: Prisma.ModulatorVersionWhereInput = { state: { in: ['approved', 'deprecated', 'quarantined'] } };
/**
 * Rollouts that decide what devices run. One that stands still or was given up keeps what it reached; one that was
 * rolled back brings another version, or tells which devices were its, as one does whose version was revoked.
 */
const DECIDING: Prisma.RolloutWhereInput[] = [
  { state: { in: ['running', 'paused', 'halted', 'completed'] }, modulatorVersion: RUNNABLE },
  { state: 'aborted', startedAt: { not: null } },
  { state: 'rolled_back' },
];
const DEVICE_FIELDS = {
  ...{ id: true, groupId: true, baseDigests: true, epoch: true, state: true, versionFloor: true, membershipAt: true },
  memberships: { select: { groupId: true } },
} as const;
/** Rows of one read of a group's members; bounds memory, not the group. */
const MEMBER_PAGE = 5_000;
/** Milliseconds that reading a picture may take, with the members of new groups. */
const PICTURE_TIMEOUT_MS = 300_000;
const DELTA_FIELDS = {
  where: { state: 'ready' },
  orderBy: { digest: 'asc' },
  take: MAX_DELTAS,
  select: { digest: true, size: true, encoding: true, fromVersion: { select: { digest: true } } },
} as const satisfies Prisma.ModulatorDeltaFindManyArgs;
const VERSION_FIELDS = {
  include: { modulator: { include: { task: true, baseNetwork: true } }, deltasTo: DELTA_FIELDS },
} as const;
const ROLLOUT_FIELDS = { modulatorVersion: VERSION_FIELDS, rolledBackTo: VERSION_FIELDS } as const;

const wavesSchema = z.array(waveSchema).min(1);
type VersionRow = Prisma.ModulatorVersionGetPayload<typeof VERSION_FIELDS>;
type RolloutRow = Prisma.RolloutGetPayload<{ include: typeof ROLLOUT_FIELDS }>;
type SelectedDevice = Prisma.DeviceGetPayload<{ select: typeof DEVICE_FIELDS }>;

/** Reads the desired state of the fleet. */
@Injectable()
export class FleetRepository {
  constructor(private readonly database: Database) {}

  version(): Promise<bigint> {
    return readFleetVersion(this.database.prisma);
  }

  /**
   * Everything but the devices, as of one moment; of these, those whose groups changed since the picture before.
   * @param since its version, -1 before the first
   * @param onJoined takes in, page by page and before the picture, the devices of groups made since
   */
  picture(since: bigint, onJoined: (devices: DeviceRow[]) => void): Promise<FleetPicture> {
    const read = async (tx: Tx): Promise<FleetPicture> => {
      const picture = await readPicture(tx);
      if (since < 0n) return picture;
      const moved = await tx.device.findMany({ where: { membershipAt: { gt: since } }, select: DEVICE_FIELDS });
      await readJoined(tx, since, onJoined);
      return { ...picture, moved: moved.map(toDevice) };
    };
    return this.database.transaction(read, { isolation: 'RepeatableRead', timeoutMs: PICTURE_TIMEOUT_MS });
  }

  /** Streams all devices, as `DeviceLines` reads them. */
  deviceLines(onLine: (line: Uint8Array) => void): Promise<void> {
    return this.database.copyOut(DEVICE_LINES, onLine);
  }

  /** About how many devices there are: as the statistics have it, for a count reads all of them. */
  async estimateDevices(): Promise<number> {
    const rows = await this.database.prisma.$queryRaw<{ rows: number }[]>`
      SELECT greatest(reltuples, 0)::float8 AS rows FROM pg_class WHERE oid = 'devices'::regclass`;
    return rows[0]?.rows ?? 0;
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

/** Withdrawn rollouts matter only to quarantined ones: all others would be carried along for ever. */
function withoutIdle(rollouts: readonly ActiveRollout[]): ActiveRollout[] {
  return rollouts.some(({ quarantined }) => quarantined)
    ? [...rollouts]
    : rollouts.filter(({ withdrawn }) => !withdrawn);
}

function toDevice({ state, baseDigests, versionFloor, memberships, ...row }: SelectedDevice): DeviceRow {
  return {
    ...row,
    selectorGroups: memberships.map(({ groupId }) => groupId).sort(),
    baseDigests: baseDigests.map((d) => digestSchema.parse(d)),
    revoked: state === 'revoked',
    versionFloor: Number(versionFloor),
  };
}

/**
 * Hands over the devices of groups that were made since a version. Nothing is rolled out to these yet as far as older
 * pictures know, so that the devices may be taken in before this one is. Those that changed groups by themselves are
 * left out.
 */
async function readJoined(tx: Tx, since: bigint, onJoined: (devices: DeviceRow[]) => void): Promise<void> {
  const groups = await tx.deviceGroup.findMany({ where: { membersAt: { gt: since } }, select: { id: true } });
  for (const { id: groupId } of groups) {
    for (let after = ''; ;) {
      const members = await tx.deviceGroupMember.findMany({
        where: { groupId, deviceId: { gt: after } },
        orderBy: { deviceId: 'asc' },
        take: MEMBER_PAGE,
        select: { deviceId: true, device: { select: DEVICE_FIELDS } },
      });
      onJoined(members.map(({ device }) => toDevice(device)).filter(({ membershipAt = 0n }) => membershipAt <= since));
      const last = members.at(-1);
      if (last === undefined || members.length < MEMBER_PAGE) break;
      after = last.deviceId;
    }
  }
}

function toRollout(row: RolloutRow): ActiveRollout {
  const version = row.rolledBackTo ?? row.modulatorVersion;
  const withdrawn = row.state === 'rolled_back' ? row.rolledBackTo === null : version.state === 'revoked';
  const frozenAt = frozenSince(row, version);
  return {
    id: row.id,
    groupId: row.groupId,
    startedAt: row.startedAt ?? row.createdAt,
    priority: row.priority,
    share: shareOf(row),
    assignment: toAssignment(version),
    withdrawn,
    quarantined: version.state === 'quarantined',
    ...(frozenAt !== undefined && { frozenAt }),
  };
}

/** Since when a rollout gets no further devices: the first of what closed it. */
function frozenSince(row: RolloutRow, version: VersionRow): Date | undefined {
  const times = [
    ...(row.state === 'aborted' && row.finishedAt !== null ? [row.finishedAt.getTime()] : []),
    ...(version.state === 'quarantined' ? [(version.decidedAt ?? row.createdAt).getTime()] : []),
  ];
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}

function toAssignment(version: VersionRow): Assignment {
  const { task, baseNetwork } = version.modulator;
  return {
    task: task.name,
    modulatorVersion: version.version,
    digest: digestSchema.parse(version.digest),
    size: version.size,
    encoding: manifestSlotSchema.shape.encoding.parse(version.encoding),
    labelsDigest: digestOfLabels(version.labels),
    statement: flattenedJwsSchema.parse(version.statement),
    deltas: manifestSlotSchema.shape.deltas.parse(
      version.deltasTo.map(({ fromVersion, ...delta }) => ({ from: fromVersion.digest, ...delta })),
    ),
    baseDigest: digestSchema.parse(baseNetwork.digest),
  };
}

function shareOf({ state, waves, currentWave }: RolloutRow): number {
  if (state === 'completed') return 1;
  return wavesSchema.parse(waves)[currentWave]?.share ?? 1;
}

function digestOfLabels(labels: readonly string[]): Digest {
  return `sha256:${createHash('sha256').update(canonicalJson(labels)).digest('hex')}`;
}
