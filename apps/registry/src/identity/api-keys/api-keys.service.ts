import { DEFAULT_PROJECT_ID, type ApiKey, type Page, type PageQuery } from '@kernelcast/contracts';
import { newId, type Tx } from '@kernelcast/database';
import { AppError, hashSecret } from '@kernelcast/platform';
import { Inject, Injectable } from '@nestjs/common';
import { systemIn, type Actor } from '../../changes/actor.js';
import { Changes } from '../../changes/changes.service.js';
import { CONFIG, type RegistryConfig } from '../../config/registry.config.js';
import { pageById } from '../../paging/paging.js';
import { newCredential } from '../credentials/credential.js';
import type { CreateApiKey, CreatedApiKey, CredentialIdentity, RotateApiKey } from '../identity.types.js';
import { ApiKeysRepository } from './api-keys.repository.js';
import { assertMayMake, assertNotBeyond } from './key-rules.js';

const BOOTSTRAP_NAME = 'bootstrap';
/** Shown in lists so that people can tell their keys apart; too little to guess the rest. */
const PREFIX_CHARACTERS = 8;
const MS_PER_SECOND = 1000;
const MS_PER_DAY = 86_400_000;

/** Who asks, by which credential, and on whose account. */
export interface KeyHolder {
  readonly actor: Actor;
  readonly identity: CredentialIdentity;
}

const isOwn = ({ actor }: KeyHolder, key: ApiKey): boolean => key.userId === actor.id || key.id === actor.id;

@Injectable()
export class ApiKeysService {
  constructor(
    private readonly keys: ApiKeysRepository,
    private readonly changes: Changes,
    @Inject(CONFIG) private readonly config: RegistryConfig,
  ) {}

  /** @throws AppError `forbidden` when it could do more than its maker, `validation_failed` when it would live too long */
  async create({ actor, identity }: KeyHolder, request: CreateApiKey): Promise<CreatedApiKey> {
    const { name, role, scopes = null, installationAdmin, expiresInSeconds } = request;
    const expiresAt = this.expiry(expiresInSeconds, identity.expiresAt);
    assertMayMake(identity, actor.role, { role, scopes, installationAdmin, expiresAt });
    const secret = newCredential('apiKey');
    return this.changes.commit(actor, async (tx) => {
      const key = await this.keys.create(tx, {
        ...stored(secret),
        projectId: actor.projectId,
        name,
        role,
        scopes: scopes ?? [],
        installationAdmin,
        userId: identity.kind === 'user' ? identity.id : null,
        createdBy: actor.id,
        expiresAt,
      });
      const after = { name, role, scopes, installationAdmin, expiresAt: key.expiresAt };
      return { result: { ...key, secret }, audit: { action: 'api_key.create', resource: key.id, after } };
    });
  }

  /** All keys of the project to an admin; to others their own. */
  async list({ id, role, projectId }: Actor, query: PageQuery): Promise<Page<ApiKey>> {
    return pageById(await this.keys.list(projectId, role === 'admin' ? undefined : id, query), query);
  }

  /** @throws AppError `api_key_not_found` */
  get(holder: KeyHolder, id: string): Promise<ApiKey> {
    return this.visible(holder, id);
  }

  /**
   * @throws AppError `api_key_not_found`; `forbidden` for the key of another user, since its new secret would let the
   *   caller act as them; `conflict` for a key that is revoked or has expired
   */
  async rotate(holder: KeyHolder, id: string, request: RotateApiKey): Promise<CreatedApiKey> {
    const secret = newCredential('apiKey');
    const { actor, identity } = holder;
    return this.changes.commit(actor, async (tx) => {
      const key = await this.visible(holder, id, tx);
      this.assertMayRotate(holder, key);
      const { expiresInSeconds } = request;
      const unchanged = key.expiresAt === null ? null : new Date(key.expiresAt);
      const expiresAt = expiresInSeconds === undefined ? unchanged : this.expiry(expiresInSeconds, null);
      assertNotBeyond(identity, expiresAt);
      const previousUntil = new Date(Date.now() + request.overlapSeconds * MS_PER_SECOND);
      const { prefix, secretHash } = stored(secret);
      const result = await this.keys.rotate(tx, id, { prefix, secretHash, previousUntil, expiresAt });
      const after = { expiresAt: result.expiresAt, previousUntil: result.previousUntil };
      return { result: { ...result, secret }, audit: { action: 'api_key.rotate', resource: id, after } };
    });
  }

  /** @throws AppError `api_key_not_found`, `forbidden` for a key that may do more than the caller */
  async revoke(holder: KeyHolder, id: string): Promise<ApiKey> {
    return this.changes.commit(holder.actor, async (tx) => {
      const key = await this.visible(holder, id, tx);
      if (!isOwn(holder, key)) this.assertNotAbove(holder, key);
      const result = await this.keys.revoke(tx, id);
      const audit = { action: 'api_key.revoke', resource: id, after: { revokedAt: result.revokedAt } };
      return { result, audit: key.revokedAt ? undefined : audit };
    });
  }

  /** Makes sure that the operator's own admin key works; a key that was revoked since stays so. */
  async ensureBootstrapKey(secret: string): Promise<void> {
    const rights = { name: BOOTSTRAP_NAME, role: 'admin', installationAdmin: true, scopes: [] } as const;
    const none = { userId: null, createdBy: null, expiresAt: null };
    const key = { ...stored(secret), projectId: DEFAULT_PROJECT_ID, ...rights, ...none };
    await this.changes.commit(systemIn(DEFAULT_PROJECT_ID), async (tx) => {
      const created = await this.keys.createIfAbsent(tx, key);
      return {
        result: created,
        audit: created ? { action: 'api_key.create', resource: key.id, after: rights } : undefined,
      };
    });
  }

  private async visible(holder: KeyHolder, id: string, tx?: Tx): Promise<ApiKey> {
    const { actor } = holder;
    const key = await this.keys.find(actor.projectId, id, tx);
    if (!key || !(actor.role === 'admin' || isOwn(holder, key))) {
      throw new AppError('api_key_not_found', `There is no API key ${id}`);
    }
    return key;
  }

  private assertMayRotate(holder: KeyHolder, key: ApiKey): void {
    if (!isOwn(holder, key)) {
      this.assertNotAbove(holder, key);
      if (key.userId) throw new AppError('forbidden', 'Only the user whose key it is can rotate it');
    }
    const hasExpired = key.expiresAt !== null && new Date(key.expiresAt) <= new Date();
    if (key.revokedAt || hasExpired) throw new AppError('conflict', 'The key is revoked or has expired; make another');
  }

  /** Whoever gets hold of a key narrower than another must not get at the other by it. */
  private assertNotAbove({ actor, identity }: KeyHolder, key: ApiKey): void {
    if (key.installationAdmin && !actor.installationAdmin) {
      throw new AppError('forbidden', 'Only an admin of the installation can do that');
    }
    const { scopes } = identity;
    if (scopes && !key.scopes?.every((scope) => scopes.includes(scope))) {
      throw new AppError('forbidden', 'The key may do more than the one that asks');
    }
  }

  /** When a new key expires: as asked or by default, and within what the operator and its maker allow. */
  private expiry(seconds: number | undefined, limit: Date | null): Date | null {
    const { KERNELCAST_API_KEY_DEFAULT_DAYS: byDefault, KERNELCAST_API_KEY_MAX_DAYS: most } = this.config;
    const now = Date.now();
    if (seconds !== undefined && most > 0 && seconds * MS_PER_SECOND > most * MS_PER_DAY) {
      const errors = [{ pointer: '/body/expiresInSeconds', detail: `must be at most ${most} days` }];
      throw new AppError('validation_failed', undefined, { errors });
    }
    if (seconds !== undefined) return new Date(now + seconds * MS_PER_SECOND);
    const days = byDefault > 0 ? byDefault : most;
    const expiresAt = days > 0 ? new Date(now + days * MS_PER_DAY) : null;
    return limit && (!expiresAt || expiresAt > limit) ? limit : expiresAt;
  }
}

const stored = (secret: string) => ({
  id: newId('apiKey'),
  prefix: secret.slice(0, PREFIX_CHARACTERS),
  secretHash: hashSecret(secret),
});
