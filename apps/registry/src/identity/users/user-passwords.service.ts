import type { Tx } from '@kernelcast/database';
import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import type { Author } from '../../changes/actor.js';
import { Changes } from '../../changes/changes.service.js';
import { PasswordLogins, type LoginOrigin } from '../logins/password-logins.service.js';
import { checkPassword } from '../passwords/password-policy.js';
import { Passwords } from '../passwords/passwords.service.js';
import { UserAccess } from './user-access.service.js';
import { UsersRepository } from './users.repository.js';
import type { ChangePassword } from './users.types.js';

/** People's own passwords. */
@Injectable()
export class UserPasswords {
  constructor(
    private readonly users: UsersRepository,
    private readonly access: UserAccess,
    private readonly logins: PasswordLogins,
    private readonly passwords: Passwords,
    private readonly changes: Changes,
  ) {}

  /**
   * Changes the password of whoever asks, and ends their sessions, this one too.
   * @throws AppError `forbidden` to an API key, `unauthenticated` and `login_throttled` for a wrong current password,
   *   `validation_failed` for a weak new one
   */
  async change(actor: Author, { currentPassword, newPassword }: ChangePassword, address: string): Promise<void> {
    const user = await this.users.findLogin({ id: actor.id });
    if (!user) throw new AppError('forbidden', 'Only a user has a password');
    checkPassword(newPassword, user);
    await this.logins.check(user.email, currentPassword, { address, requestId: actor.requestId } satisfies LoginOrigin);
    const hash = await this.passwords.hash(newPassword);
    await this.changes.commit(actor, async (tx: Tx) => {
      await this.access.setPassword(tx, user.id, hash);
      return { result: null, audit: { action: 'user.change_password', resource: user.id, projectId: null } };
    });
  }
}
