import type {
  CreatedWebhook,
  DeviceGroup,
  Page,
  Webhook,
  WebhookDelivery,
  WebhookDeliveryDetail,
} from '@kernelcast/contracts';
import { waitFor } from '@kernelcast/testing';
import { problemOf, TestRegistry } from '../testing/registry-app.js';
import { enrolDevice } from '../testing/scenario.js';
import { expectedSignature, WebhookReceiver } from '../testing/webhook-receiver.js';

let receiver: WebhookReceiver;
let registry: TestRegistry;
let group: DeviceGroup;
beforeAll(async () => {
  receiver = await WebhookReceiver.start();
  registry = await TestRegistry.start(receiver.environment);
  group = await registry.made<DeviceGroup>('/v1/device-groups', { name: 'all' });
});
afterAll(async () => {
  await registry.close();
  await receiver.close();
});

const create = (path: string, settings: object = {}): Promise<CreatedWebhook> =>
  registry.made('/v1/webhooks', { url: receiver.url(path), eventTypes: ['device.revoked'], ...settings });
const revokeDevice = async (): Promise<string> => {
  const { id } = await enrolDevice(registry, group.id, `sha256:${'0'.repeat(64)}`);
  await registry.made(`/v1/devices/${id}/revoke`);
  return id;
};
const deliveriesOf = async (id: string): Promise<WebhookDelivery[]> =>
  (await registry.get<Page<WebhookDelivery>>(`/v1/webhooks/${id}/deliveries`)).body.data;
const detailOf = async ({ webhookId, id }: WebhookDelivery): Promise<WebhookDeliveryDetail> =>
  (await registry.get<WebhookDeliveryDetail>(`/v1/webhooks/${webhookId}/deliveries/${id}`)).body;
/** What otherwise comes with time. */
const makeDue = () =>
  registry.database.prisma.webhookDelivery.updateMany({
    where: { state: 'pending', claim: null },
    data: { nextAttemptAt: new Date(0) },
  });
const settled = (id: string, state: WebhookDelivery['state']) =>
  waitFor(`a ${state} delivery`, async () => (await deliveriesOf(id))[0]?.state === state);

describe('a webhook', () => {
  it('is told of what it subscribed to, signed by the secret that was shown once and is kept sealed', async () => {
    const { secret, ...webhook } = await create('/told');
    const other = await create('/other', { eventTypes: ['rollout.started'] });
    const deviceId = await revokeDevice();
    const [request] = await receiver.got('/told');
    if (!request || !secret) throw new Error('nothing came');
    expect(JSON.parse(request.body)).toMatchObject({ type: 'device.revoked', data: { deviceId, groupId: group.id } });
    expect(request.headers['webhook-signature']).toBe(expectedSignature(request, secret));
    await settled(webhook.id, 'delivered');
    expect(await deliveriesOf(other.id)).toEqual([]);
    expect((await registry.get(`/v1/webhooks/${webhook.id}`)).body).toEqual(webhook);
    const { sealedSecret } = await registry.database.prisma.webhook.findUniqueOrThrow({ where: { id: webhook.id } });
    expect(Buffer.from(sealedSecret).includes(Buffer.from(secret.replace('whsec_', ''), 'base64'))).toBe(false);
  });

  it('gets the same event with the same id until it has taken it, and the log tells of every attempt', async () => {
    receiver.react('/flaky?token=hidden', 500, 204);
    const { id } = await create('/flaky?token=hidden');
    await revokeDevice();
    await receiver.got('/flaky?token=hidden');
    await waitFor('the first attempt', async () => (await makeDue()).count > 0);
    const requests = await receiver.got('/flaky?token=hidden', 2);
    expect(new Set(requests.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(new Set(requests.map(({ body }) => body)).size).toBe(1);
    await settled(id, 'delivered');
    const [delivery] = await deliveriesOf(id);
    if (!delivery) throw new Error('no delivery');
    const { log, payload } = await detailOf(delivery);
    expect(log.map(({ status }) => status)).toEqual([500, 204]);
    expect(payload).toBe(requests[0]?.body);
    expect(JSON.stringify(log)).not.toMatch(/hidden|v1,/);
    const again = await registry.made<WebhookDelivery>(`/v1/webhooks/${id}/deliveries/${delivery.id}/redeliver`);
    expect(again).toMatchObject({ id: delivery.id, eventId: delivery.eventId, state: 'pending' });
    expect((await receiver.got('/flaky?token=hidden', 3))[2]?.headers['webhook-id']).toBe(delivery.eventId);
  });

  it('that is gone is disabled, which the audit log tells, and is told of nothing more', async () => {
    receiver.react('/gone', 410);
    const { id } = await create('/gone');
    await revokeDevice();
    await receiver.got('/gone');
    await waitFor('the end', async () => !(await registry.get<Webhook>(`/v1/webhooks/${id}`)).body.enabled);
    const entry = await registry.database.prisma.auditEvent.findFirst({ where: { resource: id, actor: 'system' } });
    expect(entry).toMatchObject({ action: 'webhook.disable', after: { disabledReason: 'gone' } });
    await revokeDevice();
    expect(await deliveriesOf(id)).toHaveLength(1);
    expect(problemOf(await registry.post(`/v1/webhooks/${id}/test`))).toMatchObject({ code: 'conflict' });
  });

  it('that answers nothing holds up no other one', async () => {
    receiver.react('/silent', 'never');
    const [silent, quick] = [await create('/silent'), await create('/quick')];
    for (let i = 0; i < 9; i++) await registry.made(`/v1/webhooks/${silent.id}/test`);
    await receiver.got('/silent', 4);
    await registry.made(`/v1/webhooks/${quick.id}/test`);
    expect(JSON.parse((await receiver.got('/quick'))[0]?.body ?? '')).toMatchObject({ type: 'webhook.test' });
    await registry.call('DELETE', `/v1/webhooks/${silent.id}`);
  });

  it('is signed by both secrets while one is replaced, and by the new one alone without overlap', async () => {
    const { id, secret: old } = await create('/rotated');
    const rotate = (overlapSeconds: number) =>
      registry.made<CreatedWebhook>(`/v1/webhooks/${id}/rotate-secret`, { overlapSeconds });
    const second = await rotate(600);
    await registry.made(`/v1/webhooks/${id}/test`);
    const [both] = await receiver.got('/rotated');
    if (!both || !old || !second.secret) throw new Error('nothing came');
    const expected = [second.secret, old].map((secret) => expectedSignature(both, secret)).join(' ');
    expect(both.headers['webhook-signature']).toBe(expected);
    const third = await rotate(0);
    await registry.made(`/v1/webhooks/${id}/test`);
    const single = (await receiver.got('/rotated', 2))[1];
    if (!single || !third.secret) throw new Error('nothing came');
    expect(single.headers['webhook-signature']).toBe(expectedSignature(single, third.secret));
  });

  it('is changed, disabled and enabled by who has seen it as it is', async () => {
    const { id } = await create('/changed');
    const path = `/v1/webhooks/${id}`;
    const patch = async (body: object, tag?: string) => {
      const etag = tag ?? (await registry.get(path)).headers.get('etag') ?? '';
      return registry.call<Webhook>('PATCH', path, { body, headers: { 'if-match': etag } });
    };
    expect((await patch({ enabled: false })).body).toMatchObject({ enabled: false, disabledReason: 'requested' });
    expect((await patch({ enabled: true }, '"stale"')).status).toBe(412);
    expect((await patch({ enabled: true, description: 'x' })).body).toMatchObject({ enabled: true, description: 'x' });
    expect((await registry.call('DELETE', path)).status).toBe(204);
    expect((await registry.get(path)).status).toBe(404);
  });

  it.each(['http://example.com/', 'https://10.0.0.1/', 'https://example.com:22/', 'https://a:b@example.com/'])(
    'is not made for %s',
    async (url) => {
      const answer = await registry.post('/v1/webhooks', { url, eventTypes: ['device.revoked'] });
      expect(problemOf(answer)).toMatchObject({ status: 422, code: 'validation_failed' });
    },
  );
});
