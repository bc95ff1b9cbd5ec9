import type { Device, Digest, PageQuery } from '@kernelcast/contracts';
import { Database, type Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { afterCursor, newestFirst } from '../paging/paging.js';

export interface DevicesFilter extends PageQuery {
  /** Id or name of a group. */
  readonly group?: string;
}

const related = { group: { select: { name: true } }, slots: { orderBy: { slot: 'asc' } } } as const;
type Row = Prisma.DeviceGetPayload<{ include: typeof related }>;

/** What a digest that a device reports stands for. */
type Versions = ReadonlyMap<string, { readonly taskName: string; readonly version: number }>;

@Injectable()
export class DevicesRepository {
  constructor(private readonly db: Database) {}

  async list({ group, ...page }: DevicesFilter): Promise<Device[]> {
    const rows = await this.db.prisma.device.findMany({
      where: {
        ...afterCursor(page),
        ...(group === undefined ? {} : { group: { OR: [{ id: group }, { name: group }] } }),
      },
      ...newestFirst(page),
      include: related,
    });
    const versions = await this.versionsOf(rows, this.db.prisma);
    return rows.map((row) => toDevice(row, versions));
  }

  async find(id: string, tx: Tx = this.db.prisma): Promise<Device | null> {
    const row = await tx.device.findUnique({ where: { id }, include: related });
    return row && toDevice(row, await this.versionsOf([row], tx));
  }

  /** Revokes a device and raises its epoch, which ends its credentials. @returns whether it was active. */
  async revoke(tx: Tx, id: string): Promise<boolean> {
    const { count } = await tx.device.updateMany({
      where: { id, state: 'active' },
      data: { state: 'revoked', epoch: { increment: 1 } },
    });
    return count === 1;
  }

  /** Versions of equal bytes share a digest; the newest of them is the one that devices were told to run. */
  private async versionsOf(rows: readonly Row[], tx: Tx): Promise<Versions> {
    const digests = rows.flatMap(({ slots }) => slots.flatMap(({ digest }) => digest ?? []));
    const versions = await tx.modulatorVersion.findMany({
      where: { digest: { in: [...new Set(digests)] } },
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
