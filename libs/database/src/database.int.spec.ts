import { DEFAULT_PROJECT_ID as projectId } from '@kernelcast/contracts';
import {
  applyMigrations,
  bumpFleetVersion,
  createDatabase,
  isDatabaseUnavailable,
  isRecordNotFound,
  isTextRefused,
  isUniqueViolation,
  newId,
  readFleetVersion,
  type Database,
} from './index.js';
import { startTestServer, type TestServer } from './spec-support/test-server.js';

describe('the database', () => {
  let server: TestServer;
  let db: Database;
  beforeAll(async () => {
    server = await startTestServer();
    const url = await server.createEmptyDatabase();
    await applyMigrations(url);
    db = createDatabase(url);
  });
  afterAll(async () => {
    await db.close();
    await server.stop();
  });

  const createTask = (name: string, id = newId('task')) =>
    db.prisma.task.create({ data: { id, projectId, name, title: name, labels: ['a', 'b'] } });

  it('commits a transaction as a whole', async () => {
    await db.transaction(async (tx) => {
      await tx.dataset.create({ data: { id: newId('dataset'), projectId, name: 'kept', description: '' } });
    });
    expect(await db.prisma.dataset.count({ where: { name: 'kept' } })).toBe(1);
  });

  it('leaves nothing of a transaction that fails', async () => {
    const failing = db.transaction(async (tx) => {
      await tx.dataset.create({ data: { id: newId('dataset'), projectId, name: 'lost', description: '' } });
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await db.prisma.dataset.count({ where: { name: 'lost' } })).toBe(0);
  });

  it('runs a serialisable transaction again when another one got in between', async () => {
    const task = await createTask('counter');
    // Both read before either writes: without a retry one of the increments is refused.
    let readers = 0;
    let bothHaveRead = (): void => undefined;
    const gate = new Promise<void>((resolve) => (bothHaveRead = resolve));
    const addDigit = () =>
      db.transaction(
        async (tx) => {
          const { title } = await tx.task.findUniqueOrThrow({ where: { id: task.id } });
          if (++readers === 2) bothHaveRead();
          await gate;
          await tx.task.update({ where: { id: task.id }, data: { title: `${title}+` } });
        },
        { isolation: 'Serializable' },
      );
    await Promise.all([addDigit(), addDigit()]);
    expect((await db.prisma.task.findUniqueOrThrow({ where: { id: task.id } })).title).toBe('counter++');
    expect(readers).toBe(3);
  });

  it('tells a text that cannot be kept from other faults', async () => {
    const error: unknown = await createTask('nul\0').catch((caught: unknown) => caught);
    expect(isTextRefused(error)).toBe(true);
    expect(
      isTextRefused(
        await createTask('again')
          .then(() => createTask('again'))
          .catch((e: unknown) => e),
      ),
    ).toBe(false);
  });

  it('tells which field of which value was taken', async () => {
    await createTask('taken');
    const error: unknown = await createTask('taken').catch((caught: unknown) => caught);
    expect(isUniqueViolation(error)).toBe(true);
    expect(isUniqueViolation(error, 'name')).toBe(true);
    expect(isUniqueViolation(error, 'id')).toBe(false);
    expect(isUniqueViolation(new Error('taken'))).toBe(false);
  });

  it('names fields as the Prisma schema does, not as the table does', async () => {
    const key = { projectId, name: 'k', role: 'admin', prefix: 'kc_x', secretHash: 'same' } as const;
    await db.prisma.apiKey.create({ data: { ...key, id: newId('apiKey') } });
    const error: unknown = await db.prisma.apiKey
      .create({ data: { ...key, id: newId('apiKey') } })
      .catch((caught: unknown) => caught);
    expect(isUniqueViolation(error, 'secretHash')).toBe(true);
  });

  it('tells that a row to change was not there', async () => {
    const error: unknown = await db.prisma.task
      .update({ where: { id: 'task_none' }, data: { title: '' } })
      .catch((caught: unknown) => caught);
    expect(isRecordNotFound(error)).toBe(true);
    expect(isDatabaseUnavailable(error)).toBe(false);
  });

  it('raises the fleet version by one for each change, whoever makes it at the same time', async () => {
    const before = await readFleetVersion(db.prisma);
    const versions = await Promise.all(Array.from({ length: 8 }, () => db.transaction(bumpFleetVersion)));
    const expected = Array.from({ length: 8 }, (_, index) => before + BigInt(index) + 1n);
    expect(versions.sort((a, b) => Number(a - b))).toEqual(expected);
  });

  it('streams the rows of a query as lines, and stops at a fault of who reads them or of the database', async () => {
    const lines: string[] = [];
    const keep = (line: Uint8Array): void => void lines.push(Buffer.from(line).toString());
    await db.copyOut(`SELECT n, ARRAY['a', 'b'], NULL FROM generate_series(1, 3) n`, keep);
    expect(lines).toEqual(['1\t{a,b}\t\\N\n', '2\t{a,b}\t\\N\n', '3\t{a,b}\t\\N\n']);
    const refuse = (): never => {
      throw new Error('enough');
    };
    await expect(db.copyOut('SELECT * FROM generate_series(1, 100000)', refuse)).rejects.toThrow('enough');
    await expect(db.copyOut('SELECT 1 / (3 - n) FROM generate_series(1, 9) n', keep)).rejects.toThrow('zero');
  });

  it('tells that there is no server, and that a server cut the connection', async () => {
    const nowhere = createDatabase('postgresql://nobody:nothing@127.0.0.1:1/none');
    const refused: unknown = await nowhere.ping().catch((caught: unknown) => caught);
    await nowhere.close();
    expect(isDatabaseUnavailable(refused)).toBe(true);

    const cut: unknown = await db.prisma.$queryRaw`SELECT pg_terminate_backend(pg_backend_pid())`.catch(
      (caught: unknown) => caught,
    );
    expect(isDatabaseUnavailable(cut)).toBe(true);
    await expect(db.ping()).resolves.toBeUndefined();
  });
});
