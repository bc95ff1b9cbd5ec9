import type { DeviceGroup, ListDeviceGroupsQuery, Page } from '@kernelcast/contracts';
import { Database, isUniqueViolation, Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { createdWithin, nameHolds, readPage, type Listing } from '../paging/keyset.js';
import { ownedBy } from '../paging/references.js';
import type { Owned } from '../projects/project-access.js';

export interface NewEnrolmentToken {
  readonly id: string;
  readonly tokenHash: string;
  readonly groupId: string;
  readonly usesLeft: number;
  readonly expiresAt: Date;
}

const LISTING: Listing<'createdAt' | 'name'> = {
  name: 'device_groups',
  from: Prisma.sql`device_groups`,
  id: Prisma.sql`id`,
  sorts: {
    createdAt: { column: Prisma.sql`created_at`, type: 'time' },
    name: { column: Prisma.sql`name`, type: 'text' },
  },
};

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

  list(projectId: string, query: ListDeviceGroupsQuery): Promise<Page<DeviceGroup>> {
    const where = [
      ownedBy(projectId),
      ...nameHolds(query.search, Prisma.sql`name`),
      ...createdWithin(query, Prisma.sql`created_at`),
    ];
    return readPage(this.db.prisma, LISTING, { query, scope: [projectId], where }, (ids) => this.read(ids));
  }

  private async read(ids: string[]): Promise<DeviceGroup[]> {
    const rows = await this.db.prisma.deviceGroup.findMany({
      where: { id: { in: ids } },
      include: { sizes: { select: { devices: true } } },
    });
    return rows.map(({ sizes, createdAt, projectId: _projectId, ...row }) => ({
      ...row,
      devices: sizes.reduce((sum, { devices }) => sum + devices, 0),
      createdAt: createdAt.toISOString(),
    }));
  }

  async exists(projectId: string, id: string, tx: Tx): Promise<boolean> {
    return (await tx.deviceGroup.count({ where: { projectId, id } })) === 1;
  }

  async createToken(tx: Tx, data: NewEnrolmentToken): Promise<void> {
    await tx.enrolmentToken.create({ data });
  }
}
