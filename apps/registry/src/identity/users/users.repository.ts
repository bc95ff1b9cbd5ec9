import type { Role, User } from '@kernelcast/contracts';
import { Database, type Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { afterCursor, newestFirst } from '../../paging/paging.js';
import type { ListUsersQuery } from './users.types.js';

interface StoredUser {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly installationAdmin: boolean;
  readonly passwordHash?: string | null;
  readonly oidcIssuer?: string;
  readonly oidcSubject?: string;
}

/** What is needed to log somebody in. */
export interface Login {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly passwordHash: string | null;
  readonly disabledAt: Date | null;
}

interface StoredMembership {
  readonly projectId: string;
  readonly role: Role;
}

const fields = {
  id: true,
  email: true,
  name: true,
  installationAdmin: true,
  passwordHash: true,
  oidcSubject: true,
  disabledAt: true,
  lastLoginAt: true,
  createdAt: true,
  memberships: { select: { role: true, project: { select: { id: true, name: true } } }, orderBy: { projectId: 'asc' } },
} as const satisfies Prisma.UserSelect;
const loginFields = { id: true, email: true, name: true, passwordHash: true, disabledAt: true } as const;

@Injectable()
export class UsersRepository {
  constructor(private readonly db: Database) {}

  async list(query: ListUsersQuery): Promise<User[]> {
    const { email, disabled } = query;
    const state = disabled === undefined ? {} : { disabledAt: disabled ? { not: null } : null };
    const where = { ...afterCursor(query), ...state, ...(email === undefined ? {} : { email }) };
    return (await this.db.prisma.user.findMany({ where, ...newestFirst(query), select: fields })).map(toUser);
  }

  async find(id: string, tx: Tx = this.db.prisma): Promise<User | null> {
    const row = await tx.user.findUnique({ where: { id }, select: fields });
    return row && toUser(row);
  }

  findLogin(where: { email: string } | { id: string }): Promise<Login | null> {
    return this.db.prisma.user.findUnique({ where, select: loginFields });
  }

  findByIdentity(tx: Tx, oidcIssuer: string, oidcSubject: string): Promise<Login | null> {
    const oidcIssuer_oidcSubject = { oidcIssuer, oidcSubject };
    return tx.user.findUnique({ where: { oidcIssuer_oidcSubject }, select: loginFields });
  }

  /** Who may be given an identity of the provider, as they have none yet. */
  findWithoutIdentity(tx: Tx, email: string): Promise<Login | null> {
    return tx.user.findFirst({ where: { email, oidcSubject: null }, select: loginFields });
  }

  /** @returns whether there was nobody with this address (or identity) */
  async create(tx: Tx, data: StoredUser): Promise<boolean> {
    const { count } = await tx.user.createMany({ data: [data], skipDuplicates: true });
    return count === 1;
  }

  async update(tx: Tx, id: string, data: Prisma.UserUncheckedUpdateInput): Promise<void> {
    await tx.user.update({ where: { id }, data });
  }

  async replaceMemberships(tx: Tx, userId: string, memberships: readonly StoredMembership[]): Promise<void> {
    await tx.membership.deleteMany({ where: { userId } });
    await tx.membership.createMany({ data: memberships.map((membership) => ({ userId, ...membership })) });
  }

  async setRole(tx: Tx, userId: string, { projectId, role }: { projectId: string; role: Role | null }): Promise<void> {
    if (role === null) {
      await tx.membership.deleteMany({ where: { userId, projectId } });
      return;
    }
    const userId_projectId = { userId, projectId };
    await tx.membership.upsert({ where: { userId_projectId }, create: { userId, projectId, role }, update: { role } });
  }

  /** Makes a hash of today's costs of an older one, unless the password has changed meanwhile. */
  async rehash(id: string, from: string, to: string): Promise<void> {
    await this.db.prisma.user.updateMany({ where: { id, passwordHash: from }, data: { passwordHash: to } });
  }

  async countEnabledAdmins(tx: Tx): Promise<number> {
    return tx.user.count({ where: { installationAdmin: true, disabledAt: null } });
  }

  /** Id of a project by id or name; null when it is not there. */
  async findProject(tx: Tx, reference: string): Promise<string | null> {
    const project = await tx.project.findFirst({
      where: { OR: [{ id: reference }, { name: reference }] },
      select: { id: true },
    });
    return project?.id ?? null;
  }
}

const toUser = (row: Prisma.UserGetPayload<{ select: typeof fields }>): User => {
  const { passwordHash, oidcSubject, disabledAt, lastLoginAt, createdAt, memberships, ...user } = row;
  return {
    ...user,
    memberships: memberships.map(({ role, project }) => ({ projectId: project.id, projectName: project.name, role })),
    hasPassword: passwordHash !== null,
    external: oidcSubject !== null,
    disabledAt: disabledAt?.toISOString() ?? null,
    lastLoginAt: lastLoginAt?.toISOString() ?? null,
    createdAt: createdAt.toISOString(),
  };
};
