import type { DeviceGroup, PageQuery } from '@kernelcast/contracts';
import { Database, isUniqueViolation, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import type { Owned } from '../projects/project-access.js';
import { afterCursor, newestFirst } from '../paging/paging.js';

export interface NewEnrolmentToken {
  readonly id: string;
  readonly tokenHash: string;
  readonly groupId: string;
  readonly usesLeft: number;
  readonly expiresAt: Date;
}

@Injectable()
export class DeviceGroupsRepository {
  constructor(private readonly db: Database) {}

  /** @returns null when the name is taken. */
  async create(tx: Tx, data: { id: string; name: string } & Owned): Promise<DeviceGroup | null> {
    try {
      const { createdAt, projectId: _projectId, ...row } = await tx.deviceGroup.create({ data });
      return { ...row, devices: 0, createdAt: createdAt.toISOString() };
    } catch (error) {
      if (isUniqueViolation(error, 'name')) return null;
      throw error;
    }
  }

  async list(query: PageQuery): Promise<DeviceGroup[]> {
    const rows = await this.db.prisma.deviceGroup.findMany({
      where: afterCursor(query),
      ...newestFirst(query),
      include: { _count: { select: { devices: true } } },
    });
    return rows.map(({ _count, createdAt, projectId: _projectId, ...row }) => ({
      ...row,
      devices: _count.devices,
      createdAt: createdAt.toISOString(),
    }));
  }

  async exists(id: string, tx: Tx): Promise<boolean> {
    return (await tx.deviceGroup.count({ where: { id } })) === 1;
  }

  async createToken(tx: Tx, data: NewEnrolmentToken): Promise<void> {
    await tx.enrolmentToken.create({ data });
  }
}
