import { apiKeySecretSchema, DEFAULT_PROJECT_ID, type Page, type PageQuery, type Role } from '@kernelcast/contracts';
import { newId } from '@kernelcast/database';
import { AppError, hashSecret } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import { systemIn, type Actor } from '../changes/actor.js';
import { Changes } from '../changes/changes.service.js';
import { pageById } from '../paging/paging.js';
import type { Identity } from '../projects/project-access.js';
import { ApiKeysRepository, type StoredApiKey } from './api-keys.repository.js';
import type { ApiKey, CreateApiKey, CreatedApiKey, NewSession } from './identity.types.js';
import { newApiKeySecret, newToken, prefixOf } from './secrets.js';
import { SessionsRepository } from './sessions.repository.js';

/** A working day; then the dashboard asks for the key again. */
const SESSION_LIFETIME_MS = 12 * 3600 * 1000;
const BOOTSTRAP_NAME = 'bootstrap';

/** Who may do what: API keys, and the browser sessions made from them. */
@Injectable()
export class IdentityService {
  constructor(
    private readonly keys: ApiKeysRepository,
    private readonly sessions: SessionsRepository,
    private readonly changes: Changes,
  ) {}

  /** @throws AppError `unauthenticated` unless the secret is that of a key which is neither expired nor revoked. */
  async identityOfKey(secret: string): Promise<Identity> {
    const known = apiKeySecretSchema.safeParse(secret).success && (await this.keys.findIdentity(hashSecret(secret)));
    if (!known) throw new AppError('unauthenticated', 'The API key is unknown, expired or revoked');
    return known;
  }

  /** @throws AppError `unauthenticated` unless the token is that of a running session. */
  async identityOfSession(token: string): Promise<Identity> {
    const identity = await this.sessions.findIdentity(hashSecret(token));
    if (!identity) throw new AppError('unauthenticated', 'The session is unknown or has expired');
    return identity;
  }

  async openSession(secret: string): Promise<NewSession & { identity: Identity }> {
    const identity = await this.identityOfKey(secret);
    const token = newToken();
    const expiresAt = new Date(Date.now() + SESSION_LIFETIME_MS);
    await this.sessions.create({ tokenHash: hashSecret(token), apiKeyId: identity.id, expiresAt });
    return { identity, token, expiresAt };
  }

  async closeSession(token: string): Promise<void> {
    await this.sessions.delete(hashSecret(token));
  }

  async createApiKey(actor: Actor, { name, role, expiresInSeconds }: CreateApiKey): Promise<CreatedApiKey> {
    const secret = newApiKeySecret();
    const expiresAt = expiresInSeconds === undefined ? null : new Date(Date.now() + expiresInSeconds * 1000);
    return this.changes.commit(actor, async (tx) => {
      const key = await this.keys.create(tx, { ...stored(secret, name, role), projectId: actor.projectId, expiresAt });
      const audit = { action: 'api_key.create', resource: key.id, after: { name, role, expiresAt: key.expiresAt } };
      return { result: { ...key, secret }, audit };
    });
  }

  async listApiKeys(projectId: string, query: PageQuery): Promise<Page<ApiKey>> {
    return pageById(await this.keys.list(projectId, query), query);
  }

  /** Makes sure that the operator's own admin key works; a key that was revoked since stays so. */
  async ensureBootstrapKey(secret: string): Promise<void> {
    const owned = { projectId: DEFAULT_PROJECT_ID, installationAdmin: true };
    const key = { ...stored(secret, BOOTSTRAP_NAME, 'admin'), ...owned };
    await this.changes.commit(systemIn(DEFAULT_PROJECT_ID), async (tx) => {
      const created = await this.keys.createIfAbsent(tx, key);
      const after = { name: key.name, role: key.role, installationAdmin: true };
      return { result: created, audit: created ? { action: 'api_key.create', resource: key.id, after } : undefined };
    });
  }
}

const stored = (secret: string, name: string, role: Role): Omit<StoredApiKey, 'projectId'> => ({
  id: newId('apiKey'),
  name,
  role,
  prefix: prefixOf(secret),
  secretHash: hashSecret(secret),
  expiresAt: null,
});
