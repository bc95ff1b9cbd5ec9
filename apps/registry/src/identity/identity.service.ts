import { apiKeySecretSchema, type Page, type PageQuery, type Principal, type Role } from '@kernelcast/contracts';
import { newId } from '@kernelcast/database';
import { AppError, hashSecret } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import { SYSTEM, type Actor } from '../changes/actor.js';
import { Changes } from '../changes/changes.service.js';
import { pageById } from '../paging/paging.js';
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
  async principalOfKey(secret: string): Promise<Principal> {
    const known = apiKeySecretSchema.safeParse(secret).success && (await this.keys.findPrincipal(hashSecret(secret)));
    if (!known) throw new AppError('unauthenticated', 'The API key is unknown, expired or revoked');
    return known;
  }

  /** @throws AppError `unauthenticated` unless the token is that of a running session. */
  async principalOfSession(token: string): Promise<Principal> {
    const principal = await this.sessions.findPrincipal(hashSecret(token));
    if (!principal) throw new AppError('unauthenticated', 'The session is unknown or has expired');
    return principal;
  }

  async openSession(secret: string): Promise<NewSession & { principal: Principal }> {
    const principal = await this.principalOfKey(secret);
    const token = newToken();
    const expiresAt = new Date(Date.now() + SESSION_LIFETIME_MS);
    await this.sessions.create({ tokenHash: hashSecret(token), apiKeyId: principal.id, expiresAt });
    return { principal, token, expiresAt };
  }

  async closeSession(token: string): Promise<void> {
    await this.sessions.delete(hashSecret(token));
  }

  async createApiKey(actor: Actor, { name, role, expiresInSeconds }: CreateApiKey): Promise<CreatedApiKey> {
    const secret = newApiKeySecret();
    const expiresAt = expiresInSeconds === undefined ? null : new Date(Date.now() + expiresInSeconds * 1000);
    return this.changes.commit(actor, async (tx) => {
      const key = await this.keys.create(tx, { ...stored(secret, name, role), expiresAt });
      const audit = { action: 'api_key.create', resource: key.id, after: { name, role, expiresAt: key.expiresAt } };
      return { result: { ...key, secret }, audit };
    });
  }

  async listApiKeys(query: PageQuery): Promise<Page<ApiKey>> {
    return pageById(await this.keys.list(query), query);
  }

  /** Makes sure that the operator's own admin key works; a key that was revoked since stays so. */
  async ensureBootstrapKey(secret: string): Promise<void> {
    const key = stored(secret, BOOTSTRAP_NAME, 'admin');
    await this.changes.commit(SYSTEM, async (tx) => {
      const created = await this.keys.createIfAbsent(tx, key);
      const after = { name: key.name, role: key.role };
      return { result: created, audit: created ? { action: 'api_key.create', resource: key.id, after } : undefined };
    });
  }
}

const stored = (secret: string, name: string, role: Role): StoredApiKey => ({
  id: newId('apiKey'),
  name,
  role,
  prefix: prefixOf(secret),
  secretHash: hashSecret(secret),
  expiresAt: null,
});
