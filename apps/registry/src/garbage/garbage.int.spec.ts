import type { GarbageCollection } from '@kernelcast/contracts';
import { waitFor } from '@kernelcast/testing';
import { problemOf, TestRegistry } from '../testing/registry-app.js';

let registry: TestRegistry;
beforeAll(async () => {
  registry = await TestRegistry.start();
});
afterAll(() => registry.close());

describe('garbage collections', () => {
  it('are done by a registry, one at a time, and leave a report and entries in the audit log', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => registry.post<GarbageCollection>('/v1/garbage-collections', {})),
    );
    const [made] = answers.filter(({ status }) => status === 202);
    const refused = answers.filter(({ status }) => status !== 202).map((answer) => problemOf(answer).code);
    if (!made) throw new Error('none was begun');
    expect(new Set(refused)).toEqual(new Set(refused.length > 0 ? ['conflict'] : []));
    const { id } = made.body;
    const found = () => registry.get<GarbageCollection>(`/v1/garbage-collections/${id}`);
    await waitFor('its end', async () => (await found()).body.state === 'done');
    expect((await found()).body).toMatchObject({ dryRun: true, report: { removed: { objects: 0 } }, error: null });
    const entries = await registry.database.prisma.auditEvent.findMany({
      where: { resource: id },
      orderBy: { seq: 'asc' },
    });
    expect(entries.map(({ action }) => action)).toEqual(['garbage_collection.create', 'garbage_collection.finish']);
  });

  it('are for installation admins', async () => {
    const answer = await registry.post('/v1/garbage-collections', {}, { key: await registry.keyOf('admin') });
    expect(problemOf(answer)).toMatchObject({ status: 403 });
  });
});
