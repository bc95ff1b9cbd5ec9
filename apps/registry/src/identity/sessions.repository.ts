import { Database, newId } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import type { Identity } from '../projects/project-access.js';
import { identityFields, toIdentity, usableAt } from './api-keys.repository.js';

@Injectable()
export class SessionsRepository {
  constructor(private readonly db: Database) {}

  async create(session: { tokenHash: string; apiKeyId: string; expiresAt: Date }): Promise<void> {
    await this.db.prisma.session.create({ data: { id: newId('session'), ...session } });
  }

  /** Whose session it is, as long as the API key that it was made from is good. */
  async findIdentity(tokenHash: string): Promise<Identity | null> {
    const now = new Date();
    const session = await this.db.prisma.session.findFirst({
      where: { tokenHash, expiresAt: { gt: now }, apiKey: usableAt(now) },
      select: { apiKey: { select: identityFields } },
    });
    return session && toIdentity(session.apiKey);
  }

  async delete(tokenHash: string): Promise<void> {
    await this.db.prisma.session.deleteMany({ where: { tokenHash } });
  }

  async deleteExpired(): Promise<void> {
    await this.db.prisma.session.deleteMany({ where: { expiresAt: { lte: new Date() } } });
  }
}
