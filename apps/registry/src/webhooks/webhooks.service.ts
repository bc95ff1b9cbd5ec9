import type {
  createWebhookSchema,
  CreatedWebhook,
  Page,
  PageQuery,
  updateWebhookSchema,
  Webhook,
  WebhookSigning,
} from '@kernelcast/contracts';
import { newId } from '@kernelcast/database';
import { AppError, assertPrecondition } from '@kernelcast/platform';
import { sealSecret } from '@kernelcast/trust/node';
import { Inject, Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { Actor } from '../changes/actor.js';
import { Changes } from '../changes/changes.service.js';
import { MASTER_KEY } from '../config/registry.config.js';
import type { Owned } from '../projects/project-access.js';
import { pageById } from '../paging/paging.js';
import { urlFault, type AddressRules } from './sending/address-rules.js';
import { newWebhookSecret } from './sending/sign.js';
import { auditOf, sealContext, type NewSecret } from './webhook-settings.js';
import { WebhooksRepository } from './webhooks.repository.js';

/** Injection token of the {@link AddressRules}. */
export const ADDRESS_RULES = Symbol('kernelcast:webhook-address-rules');

/** So many can be sent to at once, each by its own connections: none of them has to wait for another one. */
const MAX_WEBHOOKS = 100;

@Injectable()
export class WebhooksService {
  constructor(
    private readonly webhooks: WebhooksRepository,
    private readonly changes: Changes,
    @Inject(ADDRESS_RULES) private readonly rules: AddressRules,
    @Inject(MASTER_KEY) private readonly masterKey: Uint8Array,
  ) {}

  /** @throws AppError `validation_failed` for an address that is not allowed, `conflict` when there are too many */
  async create(actor: Actor, settings: z.infer<typeof createWebhookSchema>): Promise<CreatedWebhook> {
    this.assertUrl(settings.url);
    const id = newId('webhook');
    const secret = this.makeSecret(id, settings.signing);
    return this.changes.commit(actor, async (tx) => {
      if ((await this.webhooks.count(tx)) >= MAX_WEBHOOKS)
        throw new AppError('conflict', `There are ${MAX_WEBHOOKS} webhooks, which is as many as there may be`);
      const webhook = await this.webhooks.create(tx, { id, projectId: actor.projectId, ...settings, secret });
      const audit = { action: 'webhook.create', resource: id, after: auditOf(webhook) };
      return { result: { ...webhook, secret: secret.secret }, audit };
    });
  }

  async list({ projectId }: Owned, query: PageQuery): Promise<Page<Webhook>> {
    return pageById(await this.webhooks.list(projectId, query), query);
  }

  /** @throws AppError `webhook_not_found` */
  async get({ projectId }: Owned, id: string): Promise<Webhook> {
    return (await this.webhooks.find({ id, projectId })) ?? notFound(id);
  }

  /** @throws AppError `webhook_not_found`, `validation_failed` */
  async update(actor: Actor, id: string, changes: z.infer<typeof updateWebhookSchema>): Promise<Webhook> {
    if (changes.url !== undefined) this.assertUrl(changes.url);
    return this.changes.commit(actor, async (tx) => {
      const before = (await this.webhooks.lock(tx, { id, projectId: actor.projectId })) ?? notFound(id);
      assertPrecondition(actor.precondition, before);
      const result = await this.webhooks.update(tx, id, changes);
      const audit = { action: 'webhook.update', resource: id, before: auditOf(before), after: auditOf(result) };
      return { result, audit };
    });
  }

  /** @throws AppError `webhook_not_found` */
  async delete(actor: Actor, id: string): Promise<void> {
    await this.changes.commit(actor, async (tx) => {
      const before = (await this.webhooks.lock(tx, { id, projectId: actor.projectId })) ?? notFound(id);
      await this.webhooks.delete(tx, id);
      return { result: null, audit: { action: 'webhook.delete', resource: id, before: auditOf(before) } };
    });
  }

  /** @throws AppError `webhook_not_found` */
  async rotateSecret(actor: Actor, id: string, overlapSeconds: number): Promise<CreatedWebhook> {
    return this.changes.commit(actor, async (tx) => {
      const { signing } = (await this.webhooks.lock(tx, { id, projectId: actor.projectId })) ?? notFound(id);
      const secret = this.makeSecret(id, signing);
      const until = overlapSeconds > 0 ? new Date(Date.now() + overlapSeconds * 1000) : null;
      const webhook = await this.webhooks.rotate(tx, id, secret, until);
      const audit = { action: 'webhook.rotate_secret', resource: id, after: { previousSecretUntil: until } };
      return { result: { ...webhook, secret: secret.secret }, audit };
    });
  }

  private makeSecret(id: string, signing: WebhookSigning): NewSecret {
    const { bytes, shown, publicKey } = newWebhookSecret(signing);
    const sealed = new Uint8Array(sealSecret(bytes, this.masterKey, sealContext(id)));
    return { secret: shown, publicKey, sealed };
  }

  private assertUrl(url: string): void {
    const fault = urlFault(url, this.rules);
    if (fault)
      throw new AppError('validation_failed', undefined, { errors: [{ pointer: '/body/url', detail: fault }] });
  }
}

export const notFound = (id: string): never => {
  throw new AppError('webhook_not_found', `There is no webhook ${id}`);
};
