import { Injectable } from '@nestjs/common';
import { Database } from '@kernelcast/database';

@Injectable()
export class PresenceRepository {
  constructor(private readonly database: Database) {}

  /** Writes many devices' last-seen times by one statement; a time never goes back. */
  async write(seen: ReadonlyMap<string, number>): Promise<void> {
    const ids = [...seen.keys()];
    const times = [...seen.values()].map((at) => new Date(at));
    await this.database.prisma.$executeRaw`
      UPDATE devices SET last_seen_at = seen.at
      FROM unnest(${ids}::text[], ${times}::timestamptz[]) AS seen(id, at)
      WHERE devices.id = seen.id AND (devices.last_seen_at IS NULL OR devices.last_seen_at < seen.at)`;
  }
}
