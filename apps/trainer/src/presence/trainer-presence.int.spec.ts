import os from 'node:os';
import { createDatabase, type Database } from '@kernelcast/database';
import { createLogger } from '@kernelcast/platform';
import { createTestDatabase, waitFor, type TestDatabase } from '@kernelcast/testing';
import { TrainerPresence } from './trainer-presence.js';

let source: TestDatabase;
let database: Database;
beforeAll(async () => {
  source = await createTestDatabase();
  database = createDatabase(source.url);
});
afterAll(async () => {
  await database.close();
  await source.drop();
});

const presence = (running: () => number, heartbeatMs: number, at = database): TrainerPresence =>
  new TrainerPresence({
    database: at,
    logger: createLogger({ service: 'trainer', level: 'silent' }),
    version: '1.2.3',
    backend: () => 'wasm',
    accelerator: 'cpu',
    concurrency: 2,
    running,
    heartbeatMs,
  });
const rows = () => database.prisma.trainer.findMany();

it('shows a trainer from its start, follows what it does, and takes it away at the end', async () => {
  let running = 0;
  const shown = presence(() => running, 20);
  await shown.start();
  const [first] = await rows();
  expect(first).toMatchObject({
    hostname: os.hostname(),
    version: '1.2.3',
    backend: 'wasm',
    accelerator: 'cpu',
    concurrency: 2,
    running: 0,
  });
  running = 2;
  const later = await waitFor('the next heartbeat', async () => (await rows()).find((row) => row.running === 2));
  expect(later.id).toBe(first?.id);
  expect(later.startedAt).toEqual(first?.startedAt);
  expect(later.lastSeenAt.getTime()).toBeGreaterThan(first?.lastSeenAt.getTime() ?? Infinity);
  await shown.leave();
  expect(await rows()).toEqual([]);
});

it('bears a database that is away', async () => {
  const away = createDatabase('postgresql://nobody@127.0.0.1:1/none');
  const unseen = presence(() => 0, 60_000, away);
  await expect(unseen.start()).resolves.toBeUndefined();
  await expect(unseen.leave()).resolves.toBeUndefined();
  await away.close();
});
