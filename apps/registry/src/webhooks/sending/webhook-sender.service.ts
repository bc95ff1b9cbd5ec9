import { openSecret } from '@kernelcast/trust/node';
import { Inject, Injectable } from '@nestjs/common';
import { systemIn } from '../../changes/actor.js';
import { Changes } from '../../changes/changes.service.js';
import { MASTER_KEY } from '../../config/registry.config.js';
import { sealContext } from '../webhook-settings.js';
import { ADDRESS_RULES } from '../webhooks.service.js';
import type { AddressRules } from './address-rules.js';
import { recordAnswer, recordFault, shownRequestHead, type AttemptRecord } from './attempt-record.js';
import { ClaimsRepository, type ClaimedDelivery } from './claims.repository.js';
import { post } from './post.js';
import { signatures } from './sign.js';
import { retryAfterMs, verdictOn, type Verdict } from './verdict.js';

interface Attempt {
  readonly record: AttemptRecord;
  readonly retryAfter?: string;
}

/** Makes one attempt at a delivery and settles it. */
@Injectable()
export class WebhookSender {
  constructor(
    private readonly claims: ClaimsRepository,
    private readonly changes: Changes,
    @Inject(ADDRESS_RULES) private readonly rules: AddressRules,
    @Inject(MASTER_KEY) private readonly masterKey: Uint8Array,
  ) {}

  async send(delivery: ClaimedDelivery, signal: AbortSignal): Promise<void> {
    const { record, retryAfter } = await this.attempt(delivery, signal);
    if (signal.aborted && record.status === null) return this.claims.release(delivery);
    const now = new Date();
    const { step, failingSince } = delivery;
    const outcome = { status: record.status, retryAfterMs: retryAfterMs(retryAfter, now) };
    const verdict = verdictOn(outcome, { step, failingSince, now, random: Math.random() });
    await this.settle(delivery, record, verdict);
  }

  private async attempt(delivery: ClaimedDelivery, signal: AbortSignal): Promise<Attempt> {
    const at = new Date();
    const headers = this.headersOf(delivery, at);
    const request = { url: delivery.url, headers, body: delivery.payload };
    const head = { at, requestHead: shownRequestHead(delivery.url, headers) };
    const took = () => Date.now() - at.getTime();
    try {
      const answer = await post(request, { rules: this.rules, signal });
      const known = recordAnswer(answer, headers['webhook-signature']);
      return { record: { ...head, ...known, durationMs: took() }, retryAfter: answer.headers['retry-after'] };
    } catch (error) {
      return { record: { ...head, ...recordFault(error), durationMs: took() } };
    }
  }

  private headersOf({ eventId, payload, ...delivery }: ClaimedDelivery, at: Date) {
    const timestamp = Math.floor(at.getTime() / 1000);
    const { sealedSecret, sealedPreviousSecret } = delivery;
    const sealed = sealedPreviousSecret ? [sealedSecret, sealedPreviousSecret] : [sealedSecret];
    const secrets = sealed.map((secret) => openSecret(secret, this.masterKey, sealContext(delivery.webhookId)));
    const signature = signatures(delivery.signing, secrets, { id: eventId, timestamp, body: payload });
    return {
      'content-type': 'application/json; charset=utf-8',
      'user-agent': 'Kernelcast-Webhooks/1',
      'webhook-id': eventId,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': signature,
    };
  }

  private async settle(delivery: ClaimedDelivery, record: AttemptRecord, verdict: Verdict): Promise<void> {
    const { webhookId } = delivery;
    const reason = 'disable' in verdict ? verdict.disable : undefined;
    await this.changes.commit(systemIn(delivery.projectId), async (tx) => {
      const settled = await this.claims.settle(tx, delivery, record, verdict);
      if (!settled || !reason || !(await this.claims.disable(tx, webhookId, reason))) return { result: null };
      const change = { before: { enabled: true }, after: { enabled: false, disabledReason: reason } };
      return { result: null, audit: { action: 'webhook.disable', resource: webhookId, ...change } };
    });
  }
}
