import { createDatabase, type Database } from '../database.js';
import { startTestServer, type TestServer } from '../spec-support/test-server.js';
import { applyMigrations, MigrationError, migrationStatus, schemaDrift } from './migrations.js';

describe('migrations', () => {
  let server: TestServer;
  let url: string;
  let db: Database;
  beforeAll(async () => {
    server = await startTestServer();
  });
  afterAll(() => server.stop());
  beforeEach(async () => {
    url = await server.createEmptyDatabase();
    db = createDatabase(url, { max: 2 });
  });
  afterEach(() => db.close());

  it('bring an empty database to the schema of this version, once', async () => {
    const first = await applyMigrations(url);
    expect(first[0]).toMatch(/_initial$/);
    expect(await applyMigrations(url)).toEqual([]);
    expect(await db.prisma.fleetState.findMany()).toEqual([{ id: 1, version: 0n }]);
    expect(await migrationStatus(url)).toEqual({ pending: [], failed: [], edited: [], unknown: [] });
  });

  it('are applied once when several services start together', async () => {
    const applied = await Promise.all([1, 2, 3].map(() => applyMigrations(url)));
    expect(applied.flat().filter((name) => name.endsWith('_initial'))).toHaveLength(1);
  });

  it('are reported as pending before they are applied', async () => {
    const { pending } = await migrationStatus(url);
    expect(pending[0]).toMatch(/_initial$/);
  });

  it('say the same as the Prisma schema', async () => {
    expect(await schemaDrift(url)).toBeUndefined();
  });

  it('leave nothing behind when one fails, and name the reason', async () => {
    // A table of that name is in the way of the first migration, near its end.
    await db.prisma.$executeRaw`CREATE TABLE "outbox_messages" (id int)`;
    await expect(applyMigrations(url)).rejects.toBeInstanceOf(MigrationError);
    const tables = await db.prisma.$queryRaw<{ tablename: string }[]>`
      SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename`;
    expect(tables.map((table) => table.tablename)).toEqual(expect.not.arrayContaining(['training_jobs']));
  });

  it('fail with a reason when the server is not there', async () => {
    await expect(applyMigrations('postgresql://nobody:nothing@127.0.0.1:1/none')).rejects.toMatchObject({
      code: 'migration_failed',
      message: expect.stringContaining("Can't reach database server") as string,
    });
  });
});
