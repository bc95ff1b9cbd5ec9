import { TestRegistry } from '../testing/registry-app.js';
import { chainHash, CHAIN_START } from './audit-chain.js';

let registry: TestRegistry;

beforeAll(async () => {
  registry = await TestRegistry.start();
});
afterAll(() => registry.close());

const createTask = (name: string) =>
  registry.post(
    '/v1/tasks',
    { name, title: 'T', labels: ['a', 'b'] },
    { headers: { 'x-request-id': `request-${name}` } },
  );

/** Recomputes the chain from the stored entries. @returns the first entry whose hash is wrong */
const firstBreak = async () => {
  let previous = CHAIN_START;
  for (const { hash, seq: _, ...entry } of await registry.database.prisma.auditEvent.findMany({
    orderBy: { seq: 'asc' },
  })) {
    if (chainHash(previous, entry) !== hash) return entry;
    previous = hash;
  }
  return undefined;
};

describe('the audit log', () => {
  it('chains the entries of changes that were made at the same time', async () => {
    await Promise.all(Array.from({ length: 12 }, (_, i) => createTask(`parallel-${i}`)));
    expect(await registry.database.prisma.auditEvent.count({ where: { action: 'task.create' } })).toBe(12);
    expect(await firstBreak()).toBeUndefined();
  });

  it('says who changed what, by which request', async () => {
    const { body } = await createTask('watched');
    const { id } = body as { id: string };
    const entry = await registry.database.prisma.auditEvent.findFirst({ where: { resource: id } });
    expect(entry).toMatchObject({
      action: 'task.create',
      before: null,
      after: { name: 'watched', labels: ['a', 'b'] },
      requestId: 'request-watched',
    });
    expect(entry?.actor).toMatch(/^key_/);
  });

  it('has no entry for a change that was refused', async () => {
    await createTask('twice');
    const before = await registry.database.prisma.auditEvent.count();
    expect((await createTask('twice')).status).toBe(409);
    expect(await registry.database.prisma.auditEvent.count()).toBe(before);
  });

  it('shows where somebody changed it who could switch that off', async () => {
    await createTask('forged');
    const { resource } = await registry.database.prisma.auditEvent.findFirstOrThrow({
      orderBy: { seq: 'desc' },
      skip: 1,
    });
    await registry.database.transaction(async (tx) => {
      await tx.$executeRaw`SET LOCAL session_replication_role = replica`;
      await tx.auditEvent.updateMany({ where: { resource }, data: { actor: 'somebody' } });
    });
    expect(await firstBreak()).toMatchObject({ resource, actor: 'somebody' });
  });
});
