import { Database } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';

export type Used = 'apiKey' | 'session';

@Injectable()
export class UsageRepository {
  constructor(private readonly db: Database) {}

  /** Writes when credentials were last used; what another replica wrote stays when it is later. */
  async write(kind: Used, used: ReadonlyMap<string, Date>): Promise<void> {
    if (used.size === 0) return;
    const ids = [...used.keys()];
    const times = [...used.values()];
    if (kind === 'apiKey') {
      await this.db.prisma.$executeRaw`
        UPDATE api_keys SET last_used_at = GREATEST(last_used_at, u.at)
        FROM unnest(${ids}::text[], ${times}::timestamptz[]) AS u(id, at) WHERE api_keys.id = u.id`;
      return;
    }
    await this.db.prisma.$executeRaw`
      UPDATE sessions SET last_used_at = GREATEST(last_used_at, u.at)
      FROM unnest(${ids}::text[], ${times}::timestamptz[]) AS u(id, at) WHERE sessions.id = u.id`;
  }
}
