import type { Role } from '@kernelcast/contracts';
import type { Tx } from '@kernelcast/database';
import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import { projectNotFound } from '../../projects/project-access.js';
import { SessionsRepository } from '../sessions/sessions.repository.js';
import { InstallationRepository } from './installation.repository.js';
import { UsersRepository } from './users.repository.js';
import type { NewMembership } from './users.types.js';

/** What users may do, and the rules that hold whoever changes it. */
@Injectable()
export class UserAccess {
  constructor(
    private readonly users: UsersRepository,
    private readonly sessions: SessionsRepository,
    private readonly installation: InstallationRepository,
  ) {}

  /**
   * Replaces a user's roles; of two for the same project the last one counts.
   * @throws AppError `project_not_found`
   */
  async setMemberships(tx: Tx, userId: string, memberships: readonly NewMembership[]): Promise<void> {
    const roles = new Map<string, Role>();
    for (const { project, role } of memberships) {
      const id = await this.users.findProject(tx, project);
      if (!id) throw projectNotFound(project);
      roles.set(id, role);
    }
    const stored = [...roles].map(([projectId, role]) => ({ projectId, role }));
    await this.users.replaceMemberships(tx, userId, stored);
  }

  /**
   * Makes somebody admin of the installation or takes that away, lets them in or shuts them out; who is shut out is so
   * at once, as their sessions end.
   * @throws AppError `last_admin` when no admin would be left who can log in
   */
  async setAccess(
    tx: Tx,
    userId: string,
    access: { readonly installationAdmin?: boolean | undefined; readonly disabled?: boolean | undefined },
  ): Promise<void> {
    const { installationAdmin, disabled } = access;
    if (installationAdmin === undefined && disabled === undefined) return;
    await this.installation.lockAdmins(tx);
    const before = await this.users.countEnabledAdmins(tx);
    await this.users.update(tx, userId, {
      ...(installationAdmin === undefined ? {} : { installationAdmin }),
      ...(disabled === undefined ? {} : { disabledAt: disabled ? new Date() : null }),
    });
    if (before > 0 && (await this.users.countEnabledAdmins(tx)) === 0) {
      throw new AppError('last_admin', 'Make somebody else an admin first');
    }
    if (disabled) await this.sessions.deleteOfUser(tx, userId);
  }

  /** Sets a user's role in one project, or takes it away; does nothing about a project that is not there. */
  async setRole(tx: Tx, userId: string, { project, role }: { project: string; role: Role | null }): Promise<void> {
    const projectId = await this.users.findProject(tx, project);
    if (projectId) await this.users.setRole(tx, userId, { projectId, role });
  }

  /** Whether without a user no admin would be left. Others who change admins wait until the transaction ends. */
  async isLastAdmin(tx: Tx, userId: string): Promise<boolean> {
    await this.installation.lockAdmins(tx);
    const user = await this.users.find(userId, tx);
    const isAdmin = user !== null && user.installationAdmin && user.disabledAt === null;
    return isAdmin && (await this.users.countEnabledAdmins(tx)) === 1;
  }

  /** Sets a password's hash, or takes the password away. Sessions that the old one has opened end. */
  async setPassword(tx: Tx, userId: string, passwordHash: string | null): Promise<void> {
    await this.users.update(tx, userId, { passwordHash });
    await this.sessions.deleteOfUser(tx, userId);
  }
}
