import type { Tx } from '@kernelcast/database';
import { AppError, hashSecret } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import { Changes } from '../../changes/changes.service.js';
import { isCredential, newCredential } from '../credentials/credential.js';
import { checkPassword } from '../passwords/password-policy.js';
import { Passwords } from '../passwords/passwords.service.js';
import { PasswordResetsRepository } from './password-resets.repository.js';
import { UserAccess } from './user-access.service.js';
import type { PasswordReset, RedeemPasswordReset } from './users.types.js';

/** Time in which somebody has to choose a password with the token they were given. */
const LIFETIME_MS = 72 * 3_600_000;

const invalid = (): AppError => new AppError('token_invalid', 'The token is unknown, used up or expired');

/** Tokens with which people choose a password: their first one, or another after an admin took the old one away. */
@Injectable()
export class PasswordResets {
  constructor(
    private readonly resets: PasswordResetsRepository,
    private readonly access: UserAccess,
    private readonly passwords: Passwords,
    private readonly changes: Changes,
  ) {}

  /** Takes a user's password away, ends their sessions, and gives the only token with which they can choose another. */
  async issue(tx: Tx, userId: string): Promise<PasswordReset> {
    const token = newCredential('passwordReset');
    const expiresAt = new Date(Date.now() + LIFETIME_MS);
    await this.access.setPassword(tx, userId, null);
    await this.resets.replace(tx, { userId, tokenHash: hashSecret(token), expiresAt });
    return { token, expiresAt: expiresAt.toISOString() };
  }

  /** @throws AppError `token_invalid`, `validation_failed` for a weak password, with which the token stays good */
  async redeem({ token, newPassword }: RedeemPasswordReset, requestId: string): Promise<void> {
    const tokenHash = hashSecret(token);
    const owner = isCredential('passwordReset', token) && (await this.resets.find(tokenHash));
    if (!owner) throw invalid();
    checkPassword(newPassword, owner);
    const hash = await this.passwords.hash(newPassword);
    await this.changes.commit({ id: owner.id, projectId: null, requestId }, async (tx) => {
      if ((await this.resets.take(tx, tokenHash)) === null) throw invalid();
      await this.access.setPassword(tx, owner.id, hash);
      return { result: null, audit: { action: 'user.choose_password', resource: owner.id } };
    });
  }
}
