import { jest } from '@jest/globals';
import type { DeviceGroup } from '@kernelcast/contracts';
import { problemOf, TestRegistry, type ApiAnswer } from '../testing/registry-app.js';
import { createIngredients, finishJob } from '../testing/scenario.js';

interface Kind {
  readonly path: string;
  /** What the n-th thing is made of. */
  readonly order: (n: number) => unknown;
  /** How many there are in the database. */
  readonly count: () => Promise<number>;
}

/** A machine that is busy with other work is given its time. */
jest.setTimeout(300_000);

const KEYS = 20;
const REPEATS = 10;
/** At once; a server takes no more waiting connections than its backlog of 511. */
const CONNECTIONS = 200;

let registry: TestRegistry;
let kinds: Kind[];

beforeAll(async () => {
  registry = await TestRegistry.start();
  const things = await createIngredients(registry);
  const made = await finishJob(registry, things, Buffer.from('artifact'));
  const approve = `/v1/modulators/${made.modulatorId}/versions/1/approve`;
  await registry.made(approve, {}, { key: await registry.keyOf('approver') });
  const { id: groupId } = await registry.made<DeviceGroup>('/v1/device-groups', { name: 'lab' });
  kinds = kindsOf(groupId, made.id, { datasetVersion: things.dataset.id, baseNetwork: things.base.id });
});
afterAll(() => registry.close());

const kindsOf = (groupId: string, modulatorVersionId: string, training: object): Kind[] => {
  const { prisma } = registry.database;
  const kind = (path: string, order: Kind['order'], table: { count: () => Promise<number> }): Kind => ({
    path,
    order,
    count: () => table.count(),
  });
  const named = (n: number) => ({ name: `n-${n}` });
  return [
    kind('/v1/tasks', (n) => ({ ...named(n), title: 'T', labels: ['a', 'b'] }), prisma.task),
    kind('/v1/datasets', named, prisma.dataset),
    kind('/v1/device-groups', named, prisma.deviceGroup),
    kind('/v1/enrolment-tokens', (n) => ({ groupId, uses: n + 1 }), prisma.enrolmentToken),
    kind('/v1/api-keys', (n) => ({ ...named(n), role: 'viewer' }), prisma.apiKey),
    kind('/v1/projects', (n) => ({ ...named(n), title: 'P' }), prisma.project),
    kind('/v1/rollouts', () => ({ modulatorVersionId, groupId }), prisma.rollout),
    kind(
      '/v1/webhooks',
      (n) => ({ url: `https://hooks.example/${n}`, eventTypes: ['training_job.succeeded'] }),
      prisma.webhook,
    ),
    kind(
      '/v1/training-jobs',
      (seed) => ({ task: 'pets', ...training, seed, budget: { paramsRatio: 1 } }),
      prisma.trainingJob,
    ),
    kind('/v1/datasets/pets/uploads', (n) => ({ size: n + 1, fingerprint: `f-${n}` }), prisma.datasetUpload),
  ];
};

/** Sends them all, as many at once as there are connections; each connection takes the next when it has its answer. */
const sendAll = async <T>(requests: readonly (() => Promise<T>)[]): Promise<T[]> => {
  const answers: T[] = [];
  let next = 0;
  const connection = async (): Promise<void> => {
    for (let i = next++; i < requests.length; i = next++) {
      const answer = await requests[i]?.();
      if (answer !== undefined) answers[i] = answer;
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, connection));
  return answers;
};

describe('an idempotency key', () => {
  it('lets each of two thousand mixed requests at once have the one effect of its key', async () => {
    const before = await Promise.all(kinds.map(({ count }) => count()));
    const audited = await registry.database.prisma.auditEvent.count();
    const requests = Array.from({ length: REPEATS * KEYS }, (_, i) => i).flatMap((i) =>
      kinds.map(({ path, order }) => ({ path, body: order(i % KEYS), key: `key-${i % KEYS}` })),
    );
    const answers = await sendAll(
      requests.map(
        ({ path, body, key }) =>
          () =>
            registry.post(path, body, { headers: { 'idempotency-key': key } }),
      ),
    );

    const groups = new Map<string, ApiAnswer[]>();
    answers.forEach((answer, i) => {
      const name = `${requests[i]?.path} ${requests[i]?.key}`;
      groups.set(name, [...(groups.get(name) ?? []), answer]);
    });
    expect(groups.size).toBe(kinds.length * KEYS);
    for (const [name, same] of groups) {
      expect([name, new Set(same.map(({ status }) => status)).size, same[0]?.status]).toEqual([
        name,
        1,
        expect.any(Number),
      ]);
      expect(same[0]?.status).toBeLessThan(300);
      expect(new Set(same.map(({ body }) => JSON.stringify(body))).size).toBe(1);
      expect(new Set(same.map(({ headers }) => headers.get('etag'))).size).toBe(1);
      expect(same.filter(({ headers }) => headers.get('idempotency-replayed') === null).length).toBeLessThanOrEqual(1);
    }
    const after = await Promise.all(kinds.map(({ count }) => count()));
    expect(after.map((count, i) => count - (before[i] ?? 0))).toEqual(kinds.map(() => KEYS));
    expect(await registry.database.prisma.auditEvent.count()).toBe(audited + kinds.length * KEYS);
  });

  it('is refused with another body, and is another key for somebody else', async () => {
    const headers = { 'idempotency-key': 'mine' };
    const task = { name: 'mine', title: 'T', labels: ['a', 'b'] };
    expect((await registry.post('/v1/tasks', task, { headers })).status).toBe(201);
    const changed = await registry.post('/v1/tasks', { ...task, title: 'U' }, { headers });
    expect(problemOf(changed)).toMatchObject({ status: 422, code: 'idempotency_mismatch' });
    const other = await registry.post('/v1/tasks', task, { headers, key: await registry.keyOf('trainer') });
    expect(problemOf(other)).toMatchObject({ status: 409, code: 'name_taken' });
  });

  it('is forgotten after a day, and not kept for a request that was refused', async () => {
    const headers = { 'idempotency-key': 'old' };
    const task = { name: 'old', title: 'T', labels: ['a', 'b'] };
    expect((await registry.post('/v1/tasks', { ...task, labels: ['a'] }, { headers })).status).toBe(422);
    expect((await registry.post('/v1/tasks', task, { headers })).status).toBe(201);
    const yesterday = new Date(Date.now() - 25 * 3_600_000);
    await registry.database.prisma.idempotencyKey.updateMany({ where: { key: 'old' }, data: { createdAt: yesterday } });
    expect(problemOf(await registry.post('/v1/tasks', task, { headers }))).toMatchObject({ code: 'name_taken' });
  });
});
