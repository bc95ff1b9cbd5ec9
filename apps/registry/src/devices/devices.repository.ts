import type { Device, Digest, ListDevicesQuery, Page } from '@kernelcast/contracts';
import { Database, type Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { readPage } from '../paging/keyset.js';
import { referredIds } from '../paging/references.js';
import { deviceListing, selectedListing } from './device-listing.js';

const related = { group: { select: { name: true } }, slots: { orderBy: { slot: 'asc' } } } as const;
type Row = Prisma.DeviceGetPayload<{ include: typeof related }>;

/** What a digest that a device reports stands for. */
type Versions = ReadonlyMap<string, { readonly taskName: string; readonly version: number }>;

@Injectable()
export class DevicesRepository {
  constructor(private readonly db: Database) {}

  async list(projectId: string, query: ListDevicesQuery): Promise<Page<Device>> {
    const { prisma } = this.db;
    const groups = await referredIds(prisma, { projectId, table: 'device_groups' }, query.group);
    const [selected] = await prisma.deviceGroup.findMany({
      where: { projectId, id: { in: groups ?? [] }, selectorPath: { not: null } },
      select: { id: true },
    });
    const { listing, request } = selected
      ? selectedListing(projectId, query, selected.id)
      : deviceListing(projectId, query, groups);
    return readPage(prisma, listing, request, async (ids) => {
      const rows = await prisma.device.findMany({ where: { id: { in: ids } }, include: related });
      const versions = await this.versionsOf(projectId, rows);
      return rows.map((row) => toDevice(row, versions));
    });
  }

  async find(projectId: string, id: string, tx: Tx = this.db.prisma): Promise<Device | null> {
    const row = await tx.device.findFirst({ where: { projectId, id }, include: related });
    return row && toDevice(row, await this.versionsOf(projectId, [row], tx));
  }

  /** Keeps a device as it is until the transaction ends. */
  async lock(tx: Tx, projectId: string, id: string): Promise<void> {
    await tx.$queryRaw`SELECT 1 FROM devices WHERE project_id = ${projectId} AND id = ${id} FOR NO KEY UPDATE`;
  }

  async setAttributes(tx: Tx, id: string, attributes: Readonly<Record<string, string | null>>): Promise<void> {
    await tx.device.update({ where: { id }, data: { attributes } });
  }

  /** Revokes a device and raises its epoch, which ends its credentials. @returns whether it was active. */
  async revoke(tx: Tx, projectId: string, id: string): Promise<boolean> {
    const { count } = await tx.device.updateMany({
      where: { projectId, id, state: 'active' },
      data: { state: 'revoked', epoch: { increment: 1 } },
    });
    return count === 1;
  }

  /** Versions of equal bytes share a digest; the newest of them is the one that devices were told to run. */
  private async versionsOf(projectId: string, rows: readonly Row[], tx: Tx = this.db.prisma): Promise<Versions> {
    const digests = rows.flatMap(({ slots }) => slots.flatMap(({ digest }) => digest ?? []));
    const versions = await tx.modulatorVersion.findMany({
      where: { projectId, digest: { in: [...new Set(digests)] } },
      orderBy: { createdAt: 'asc' },
      select: { digest: true, version: true, modulator: { select: { task: { select: { name: true } } } } },
    });
    return new Map(
      versions.map(({ digest, version, modulator }) => [digest, { taskName: modulator.task.name, version }]),
    );
  }
}

const toDevice = (row: Row, versions: Versions): Device => ({
  id: row.id,
  groupId: row.groupId,
  groupName: row.group.name,
  attributes: row.attributes as Record<string, string>,
  baseDigests: row.baseDigests as Digest[],
  runtime: row.runtime,
  state: row.state,
  lastSeenAt: row.lastSeenAt?.toISOString() ?? null,
  slots: row.slots.map(({ slot, phase, digest, code, at }) => ({
    slot,
    phase,
    digest: digest as Digest | null,
    taskName: versions.get(digest ?? '')?.taskName ?? null,
    version: versions.get(digest ?? '')?.version ?? null,
    code,
    at: at.toISOString(),
  })),
  createdAt: row.createdAt.toISOString(),
});
