import {
  DEFAULT_PROJECT_ID,
  webhookEventCatalogue,
  webhookPayloadOf,
  type DeviceGroup,
  type WebhookEventType,
} from '@kernelcast/contracts';
import { newId, recordWebhookEvent, type Announcement } from '@kernelcast/database';
import { TestRegistry } from '../testing/registry-app.js';
import { createIngredients, enrolDevice, finishJob } from '../testing/scenario.js';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await TestRegistry.start();
});
afterAll(() => registry.close());

/** Something of each kind that events are about, by the first part of their types. */
const subjects = async (): Promise<Record<string, string>> => {
  const ingredients = await createIngredients(registry);
  const version = await finishJob(registry, ingredients, Buffer.from('artifact'));
  const { id: groupId } = await registry.made<DeviceGroup>('/v1/device-groups', { name: 'all' });
  const device = await enrolDevice(registry, groupId, ingredients.base.digest);
  const rollout = { id: newId('rollout'), projectId: DEFAULT_PROJECT_ID, modulatorVersionId: version.id, groupId };
  await registry.database.prisma.rollout.create({ data: { ...rollout, waves: [{ share: 1 }], createdBy: 'key_1' } });
  return {
    training_job: version.jobId,
    modulator_version: version.id,
    dataset_version: ingredients.dataset.id,
    device: device.id,
    rollout: rollout.id,
  };
};

describe('events', () => {
  it('are told of their subjects in the shapes of the catalogue, to the webhooks of their project alone', async () => {
    const { prisma } = registry.database;
    const types = (Object.keys(webhookEventCatalogue) as WebhookEventType[]).filter(
      (type) => type !== 'alias.moved' && type !== 'webhook.test',
    );
    const known = await subjects();
    const other = newId('project');
    await prisma.project.create({ data: { id: other, name: 'other', title: 'Other' } });
    const settings = { url: 'https://example.com/', eventTypes: types, signing: 'v1', sealedSecret: new Uint8Array(1) };
    const quietUntil = new Date('2100-01-01T00:00:00Z');
    const ids: string[] = [];
    for (const projectId of [DEFAULT_PROJECT_ID, other]) {
      const id = newId('webhook');
      ids.push(id);
      await prisma.webhook.create({ data: { ...settings, id, projectId, quietUntil } });
    }
    for (const type of types) {
      const subject = known[type.split('.')[0] ?? ''] ?? '';
      await registry.database.transaction((tx) => recordWebhookEvent(tx, { type, subject } as Announcement));
    }
    const events = await prisma.webhookEvent.findMany({ include: { deliveries: true } });
    expect(events.map(({ type }) => type).sort()).toEqual([...types].sort());
    for (const { type, payload, deliveries } of events) {
      const parsed = webhookPayloadOf(type as WebhookEventType).safeParse(JSON.parse(payload));
      expect([type, parsed.error?.issues ?? []]).toEqual([type, []]);
      expect(deliveries.map(({ webhookId }) => webhookId)).toEqual([ids[0]]);
    }
  });
});
