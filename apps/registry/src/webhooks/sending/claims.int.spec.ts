import { DEFAULT_PROJECT_ID } from '@kernelcast/contracts';
import { createDatabase, newId, recordWebhookEvent, type Database } from '@kernelcast/database';
import { createTestDatabase } from '@kernelcast/testing';
import { ClaimsRepository } from './claims.repository.js';

let database: Database;
let drop: () => Promise<void>;
beforeAll(async () => {
  const test = await createTestDatabase();
  database = createDatabase(test.url, { max: 6 });
  drop = async () => {
    await database.close();
    await test.drop();
  };
});
afterAll(() => drop());

const createWebhook = async (settings: object = {}): Promise<string> => {
  const data = {
    id: newId('webhook'),
    projectId: DEFAULT_PROJECT_ID,
    url: 'https://example.com/',
    signing: 'v1',
    sealedSecret: new Uint8Array(1),
  };
  return (await database.prisma.webhook.create({ data: { ...data, eventTypes: ['alias.moved'], ...settings } })).id;
};
const announce = (fail = false) =>
  database.transaction(async (tx) => {
    const data = { taskId: newId('task'), taskName: 't', alias: 'production', from: null, to: null, movedBy: 'key_1' };
    await recordWebhookEvent(tx, { type: 'alias.moved', projectId: DEFAULT_PROJECT_ID, data });
    if (fail) throw new Error('rolled back');
  });
const options = { perWebhook: 5, busy: [], leaseMs: 60_000 };

describe('events that are due', () => {
  it('go to one sender each, however many look for them, up to a limit for each webhook', async () => {
    const [a, b] = [await createWebhook(), await createWebhook()];
    await createWebhook({ enabled: false, disabledReason: 'requested' });
    await createWebhook({ eventTypes: ['device.revoked'] });
    for (let i = 0; i < 12; i++) await announce();
    const claims = new ClaimsRepository(database);
    const first = await claims.claim({ ...options, busy: [b] });
    expect(first.map(({ webhookId }) => webhookId)).toEqual([a, a, a, a, a]);
    const rounds = await Promise.all(Array.from({ length: 6 }, () => claims.claim(options)));
    const taken = [...first, ...rounds.flat()].map(({ id }) => id);
    expect(taken).toHaveLength(24);
    expect(new Set(taken).size).toBe(24);
  });

  it('are none where the change they tell of was rolled back', async () => {
    const before = await database.prisma.webhookEvent.count();
    await expect(announce(true)).rejects.toThrow('rolled back');
    expect(await database.prisma.webhookEvent.count()).toBe(before);
  });

  it('come back when their sender dies, and a sender that comes too late changes nothing', async () => {
    await database.prisma.webhook.deleteMany();
    await createWebhook();
    await announce();
    const claims = new ClaimsRepository(database);
    const [dead] = await claims.claim({ ...options, leaseMs: -1 });
    const [taken] = await claims.claim(options);
    if (!dead || !taken) throw new Error('nothing was due');
    expect(taken).toMatchObject({ id: dead.id, eventId: dead.eventId, attempts: 2 });
    const record = { at: new Date(), durationMs: 1, status: 204, error: null, requestHead: {}, responseBody: null };
    const settle = (delivery: typeof dead) =>
      database.transaction((tx) => claims.settle(tx, delivery, record, { kind: 'delivered' }));
    expect(await settle(dead)).toBe(false);
    expect(await settle(taken)).toBe(true);
    expect(await database.prisma.webhookAttempt.count()).toBe(1);
  });
});
