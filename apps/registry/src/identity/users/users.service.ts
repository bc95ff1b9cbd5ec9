import type { Page, User } from '@kernelcast/contracts';
import { newId, type Tx } from '@kernelcast/database';
import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import type { Author } from '../../changes/actor.js';
import { Changes } from '../../changes/changes.service.js';
import { pageById } from '../../paging/paging.js';
import { checkPassword } from '../passwords/password-policy.js';
import { Passwords } from '../passwords/passwords.service.js';
import { auditOf } from './audit-of-user.js';
import { PasswordResets } from './password-resets.service.js';
import { UserAccess } from './user-access.service.js';
import { UsersRepository } from './users.repository.js';
import type { CreatedUser, CreateUser, ListUsersQuery, PasswordReset, UpdateUser } from './users.types.js';

const userNotFound = (id: string): AppError => new AppError('user_not_found', `There is no user ${id}`);

/** Users as the admins of the installation see them. */
@Injectable()
export class UsersService {
  constructor(
    private readonly users: UsersRepository,
    private readonly access: UserAccess,
    private readonly resets: PasswordResets,
    private readonly passwords: Passwords,
    private readonly changes: Changes,
  ) {}

  async list(query: ListUsersQuery): Promise<Page<User>> {
    return pageById(await this.users.list(query), query);
  }

  /** @throws AppError `user_not_found` */
  async get(id: string): Promise<User> {
    const user = await this.users.find(id);
    if (!user) throw userNotFound(id);
    return user;
  }

  /** @throws AppError `email_taken`, `project_not_found`, `validation_failed` for a weak password */
  async create(actor: Author, { memberships, password, ...user }: CreateUser): Promise<CreatedUser> {
    if (password !== undefined) checkPassword(password, user);
    const passwordHash = password === undefined ? null : await this.passwords.hash(password);
    return this.changes.commit(actor, async (tx) => {
      const id = newId('user');
      if (!(await this.users.create(tx, { id, ...user, passwordHash }))) {
        throw new AppError('email_taken', `A user with the address ${user.email} exists`);
      }
      await this.access.setMemberships(tx, id, memberships);
      const passwordReset = passwordHash ? null : await this.resets.issue(tx, id);
      const result = await this.existing(tx, id);
      const audit = { action: 'user.create', resource: id, projectId: null, after: auditOf(result) };
      return { result: { ...result, passwordReset }, audit };
    });
  }

  /** @throws AppError `user_not_found`, `project_not_found`, `last_admin` */
  async update(actor: Author, id: string, { name, memberships, ...access }: UpdateUser): Promise<User> {
    return this.changes.commit(actor, async (tx) => {
      const before = await this.existing(tx, id);
      if (name !== undefined) await this.users.update(tx, id, { name });
      if (memberships) await this.access.setMemberships(tx, id, memberships);
      await this.access.setAccess(tx, id, access);
      const result = await this.existing(tx, id);
      const audit = { before: auditOf(before), after: auditOf(result) };
      return { result, audit: { action: 'user.update', resource: id, projectId: null, ...audit } };
    });
  }

  /** @throws AppError `user_not_found` */
  async resetPassword(actor: Author, id: string): Promise<PasswordReset> {
    return this.changes.commit(actor, async (tx) => {
      await this.existing(tx, id);
      const result = await this.resets.issue(tx, id);
      const after = { expiresAt: result.expiresAt };
      return { result, audit: { action: 'user.reset_password', resource: id, projectId: null, after } };
    });
  }

  private async existing(tx: Tx, id: string): Promise<User> {
    const user = await this.users.find(id, tx);
    if (!user) throw userNotFound(id);
    return user;
  }
}
