import { Injectable } from '@nestjs/common';
import { Database } from '@kernelcast/database';

/** Rows of one read; bounds memory, not the group. */
const PAGE = 5_000;

@Injectable()
export class BundlesRepository {
  constructor(private readonly database: Database) {}

  /** Ids of the active devices that enrolled into a group; of one of them, when it is named. */
  async *activeDevices(groupId: string, deviceId?: string): AsyncGenerator<string> {
    for (let after = ''; ;) {
      const rows = await this.database.prisma.device.findMany({
        where: { groupId, state: 'active', id: { gt: after, ...(deviceId !== undefined && { equals: deviceId }) } },
        orderBy: { id: 'asc' },
        take: PAGE,
        select: { id: true },
      });
      for (const { id } of rows) yield id;
      const last = rows.at(-1);
      if (last === undefined || rows.length < PAGE) return;
      after = last.id;
    }
  }
}
