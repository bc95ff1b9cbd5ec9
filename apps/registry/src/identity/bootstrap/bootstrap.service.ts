import type { bootstrapSchema, User } from '@kernelcast/contracts';
import { newId, type Tx } from '@kernelcast/database';
import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { systemIn, type Author } from '../../changes/actor.js';
import { Changes } from '../../changes/changes.service.js';
import { checkPassword } from '../passwords/password-policy.js';
import { Passwords } from '../passwords/passwords.service.js';
import { auditOf } from '../users/audit-of-user.js';
import { InstallationRepository } from '../users/installation.repository.js';
import { UsersRepository } from '../users/users.repository.js';
import { BootstrapToken } from './bootstrap-token.js';

type FirstAdmin = Omit<z.infer<typeof bootstrapSchema>, 'token'>;
type IsOpen = (tx: Tx) => Promise<boolean>;

/** Makes the first admin of an installation: once, whoever comes first. */
@Injectable()
export class Bootstrap {
  constructor(
    private readonly token: BootstrapToken,
    private readonly installation: InstallationRepository,
    private readonly users: UsersRepository,
    private readonly passwords: Passwords,
    private readonly changes: Changes,
  ) {}

  /** The token that makes the first admin; undefined once somebody can get in. */
  async offeredToken(): Promise<string | undefined> {
    return (await this.installation.isEmpty()) ? this.token.read() : undefined;
  }

  isOffered(): Promise<boolean> {
    return this.installation.isEmpty();
  }

  /** @throws AppError `token_invalid`, also for the right token once somebody can get in; `validation_failed` */
  async redeem({ token, ...admin }: z.infer<typeof bootstrapSchema>, requestId: string): Promise<User> {
    const refusal = new AppError('token_invalid', 'The token is wrong, or there is an admin already');
    if (!(await this.token.isRight(token)) || !(await this.installation.isEmpty())) throw refusal;
    const author = { id: 'bootstrap', projectId: null, requestId };
    const user = await this.create(author, admin, (tx) => this.installation.isEmpty(tx));
    if (!user) throw refusal;
    return user;
  }

  /**
   * Makes the admin that the operator configured, unless there is or was a user.
   * @returns whether one was made
   * @throws AppError `validation_failed` for a weak password
   */
  async ensureConfigured(admin: FirstAdmin): Promise<boolean> {
    return (await this.create(systemIn(null), admin, () => Promise.resolve(true))) !== null;
  }

  private async create(author: Author, { password, ...admin }: FirstAdmin, isOpen: IsOpen): Promise<User | null> {
    checkPassword(password, admin);
    const passwordHash = await this.passwords.hash(password);
    return this.changes.commit<User | null>(author, async (tx) => {
      await this.installation.lockAdmins(tx);
      if (!(await isOpen(tx)) || !(await this.installation.claimFirstUser(tx))) return { result: null };
      const id = newId('user');
      await this.users.create(tx, { id, ...admin, installationAdmin: true, passwordHash });
      const result = await this.users.find(id, tx);
      return { result, audit: { action: 'user.bootstrap', resource: id, after: result && auditOf(result) } };
    });
  }
}
