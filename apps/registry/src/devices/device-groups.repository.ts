import {
  deviceSelectorSchema,
  type DeviceGroup,
  type DeviceSelector,
  type ListDeviceGroupsQuery,
  type Page,
} from '@kernelcast/contracts';
import { Database, isUniqueViolation, Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { createdWithin, nameHolds, readPage, type Listing } from '../paging/keyset.js';
import { ownedBy } from '../paging/references.js';
import type { Owned } from '../projects/project-access.js';
import { selectorPath } from './selector-path.js';

export interface NewEnrolmentToken {
  readonly id: string;
  readonly tokenHash: string;
  readonly groupId: string;
  readonly usesLeft: number;
  readonly expiresAt: Date;
}

export interface NewGroup extends Owned {
  readonly id: string;
  readonly name: string;
  readonly selector?: DeviceSelector | undefined;
}

const FIELDS = { id: true, name: true, selector: true, createdAt: true } as const;

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

  /** Devices that fit a selector are in the group at once. @returns null when the name is taken. */
  async create(tx: Tx, { selector, ...data }: NewGroup): Promise<DeviceGroup | null> {
    try {
      const selected = selector && { selector, selectorPath: selectorPath(selector) };
      const row = await tx.deviceGroup.create({ data: { ...data, ...selected }, select: FIELDS });
      if (!selector) return toGroup(row, 0);
      const [joined] = await tx.$queryRaw<{ devices: number }[]>`SELECT join_selected(${row.id})::int AS devices`;
      return toGroup(row, joined?.devices ?? 0);
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
      select: { ...FIELDS, sizes: { select: { devices: true } } },
    });
    return rows.map(({ sizes, ...row }) =>
      toGroup(
        row,
        sizes.reduce((sum, { devices }) => sum + devices, 0),
      ),
    );
  }

  /** Whether devices join a group by their attributes; undefined when there is no such group. */
  async isSelected(projectId: string, id: string, tx: Tx): Promise<boolean | undefined> {
    const row = await tx.deviceGroup.findFirst({ where: { projectId, id }, select: { selectorPath: true } });
    return row ? row.selectorPath !== null : undefined;
  }

  /** How many groups of a project have a selector: every enrolment is held against each. */
  countSelected(projectId: string, tx: Tx): Promise<number> {
    return tx.deviceGroup.count({ where: { projectId, selectorPath: { not: null } } });
  }

  async exists(projectId: string, id: string, tx: Tx): Promise<boolean> {
    return (await tx.deviceGroup.count({ where: { projectId, id } })) === 1;
  }

  async createToken(tx: Tx, data: NewEnrolmentToken): Promise<void> {
    await tx.enrolmentToken.create({ data });
  }
}

interface Row {
  readonly id: string;
  readonly name: string;
  readonly selector: unknown;
  readonly createdAt: Date;
}

const toGroup = ({ id, name, selector, createdAt }: Row, devices: number): DeviceGroup => ({
  id,
  name,
  selector: deviceSelectorSchema.nullable().parse(selector),
  devices,
  createdAt: createdAt.toISOString(),
});
