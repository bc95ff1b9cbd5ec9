import { Database } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';

@Injectable()
export class BundlesRepository {
  constructor(private readonly db: Database) {}

  async hasGroup(projectId: string, id: string): Promise<boolean> {
    return (await this.db.prisma.deviceGroup.count({ where: { projectId, id } })) === 1;
  }

  async hasDevice(groupId: string, id: string): Promise<boolean> {
    return (await this.db.prisma.device.count({ where: { groupId, id } })) === 1;
  }

  /** Ids of modulator versions by their digest. */
  async versionIds(projectId: string, digests: readonly string[]): Promise<Map<string, string>> {
    const rows = await this.db.prisma.modulatorVersion.findMany({
      where: { digest: { in: [...digests] }, modulator: { task: { projectId } } },
      select: { id: true, digest: true },
    });
    return new Map(rows.map(({ id, digest }) => [digest, id]));
  }
}
