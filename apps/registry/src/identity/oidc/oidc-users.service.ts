import type { User } from '@kernelcast/contracts';
import { newId, type Tx } from '@kernelcast/database';
import { AppError } from '@kernelcast/platform';
import { Inject, Injectable } from '@nestjs/common';
import { Changes } from '../../changes/changes.service.js';
import { auditOf } from '../users/audit-of-user.js';
import { UserAccess } from '../users/user-access.service.js';
import { UsersRepository } from '../users/users.repository.js';
import { accessOf } from './group-roles.js';
import type { OidcIdentity } from './oidc-provider.client.js';
import { OIDC_SETTINGS, type OidcSettings } from './oidc.config.js';

/** Finds or makes the user that the provider speaks of, with the roles that their groups give. */
@Injectable()
export class OidcUsers {
  constructor(
    private readonly users: UsersRepository,
    private readonly access: UserAccess,
    private readonly changes: Changes,
    @Inject(OIDC_SETTINGS) private readonly settings: OidcSettings | null,
  ) {}

  /**
   * @returns the user's id
   * @throws AppError `oidc_user_unknown` when there is no such user and none is to be made
   */
  async userFor(identity: OidcIdentity, requestId: string): Promise<string> {
    return this.changes.commit({ id: 'oidc', projectId: null, requestId }, async (tx) => {
      const known = await this.users.findByIdentity(tx, identity.issuer, identity.subject);
      const id = known?.id ?? (await this.linked(tx, identity)) ?? (await this.created(tx, identity));
      const before = known && (await this.users.find(id, tx));
      await this.applyGroups(tx, id, identity.groups);
      const after = await this.users.find(id, tx);
      return { result: id, audit: this.auditOfLogin(before, after) };
    });
  }

  /** A user whom an admin has made before: known by an address that the provider has verified. */
  private async linked(tx: Tx, identity: OidcIdentity): Promise<string | undefined> {
    const { issuer, subject, email, emailVerified } = identity;
    if (!email || !emailVerified) return undefined;
    const user = await this.users.findWithoutIdentity(tx, email);
    if (user) await this.users.update(tx, user.id, { oidcIssuer: issuer, oidcSubject: subject });
    return user?.id;
  }

  private async created(tx: Tx, identity: OidcIdentity): Promise<string> {
    const { issuer, subject, email, emailVerified, name } = identity;
    const unknown = new AppError('oidc_user_unknown');
    if (!this.settings?.createUsers || !email || !emailVerified) throw unknown;
    const id = newId('user');
    const user = { id, email, name: name ?? email, installationAdmin: false };
    if (!(await this.users.create(tx, { ...user, oidcIssuer: issuer, oidcSubject: subject }))) throw unknown;
    return id;
  }

  /** Gives and takes what the rules speak of; what an admin gave elsewhere stays. */
  private async applyGroups(tx: Tx, userId: string, groups: readonly string[]): Promise<void> {
    const { admin, roles } = accessOf(groups, this.settings?.rules ?? []);
    if (admin !== undefined && !(await this.access.isLastAdmin(tx, userId))) {
      await this.access.setAccess(tx, userId, { installationAdmin: admin });
    }
    for (const [project, role] of roles) await this.access.setRole(tx, userId, { project, role });
  }

  private auditOfLogin(before: User | null, after: User | null) {
    if (!after) return undefined;
    const [was, is] = [before && auditOf(before), auditOf(after)];
    if (was && JSON.stringify(was) === JSON.stringify(is)) return undefined;
    return { action: was ? 'user.update' : 'user.link', resource: after.id, before: was, after: is };
  }
}
