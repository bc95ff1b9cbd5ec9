import { Database } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import type { CredentialIdentity } from '../identity.types.js';
import { identityOfUser, userIdentityFields } from './user-identity.js';

@Injectable()
export class UserIdentities {
  constructor(private readonly db: Database) {}

  /** Who a user is, and what they may do where; null for one who is disabled. */
  async find(id: string): Promise<CredentialIdentity | null> {
    const user = await this.db.prisma.user.findUnique({ where: { id }, select: userIdentityFields });
    return user && identityOfUser(user);
  }
}
