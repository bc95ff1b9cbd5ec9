import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createDatabase, type Database } from '../database.js';
import { startTestServer, type TestServer } from '../spec-support/test-server.js';
import { fixturesFolder } from './migration-files.js';
import { applyMigrations } from './migrations.js';

/** Each file holds rows of a database at the migration that it is named after. */
const FIXTURES = readdirSync(fixturesFolder).map((file) => path.basename(file, '.sql'));

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.stop());

const tables = async ({ prisma }: Database): Promise<string[]> => {
  const rows = await prisma.$queryRaw<{ name: string }[]>`
    SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '\\_prisma%' ORDER BY 1`;
  return rows.map(({ name }) => name);
};

const countRows = async (db: Database, names: readonly string[]): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const name of names) {
    const [row] = await db.prisma.$queryRawUnsafe<{ count: number }[]>(`SELECT count(*)::int AS count FROM "${name}"`);
    counts[name] = row?.count ?? 0;
  }
  return counts;
};

/** Reads every row of every model, as services do: what does not fit its type is thrown. */
const readAll = async ({ prisma }: Database): Promise<number> => {
  const models = Object.values(prisma).filter(
    (value): value is { findMany: () => Promise<unknown[]> } =>
      typeof value === 'object' && value !== null && 'findMany' in value,
  );
  const rows = await Promise.all(models.map((model) => model.findMany()));
  return rows.flat().length;
};

describe.each(FIXTURES)('a database at %s', (name) => {
  let db: Database;
  let before: Record<string, number>;
  beforeAll(async () => {
    const url = await server.createEmptyDatabase();
    await applyMigrations(url, name);
    db = createDatabase(url, { max: 2 });
    await db.prisma.$executeRawUnsafe(readFileSync(path.join(fixturesFolder, `${name}.sql`), 'utf8'));
    before = await countRows(db, await tables(db));
    await applyMigrations(url);
  });
  afterAll(() => db.close());

  it('had rows in each of its tables', () => {
    expect(Object.entries(before).filter(([, count]) => count === 0)).toEqual([]);
  });

  it('loses none of them to the migrations that follow', async () => {
    const after = await countRows(db, Object.keys(before));
    expect(Object.entries(before).filter(([table, count]) => (after[table] ?? 0) < count)).toEqual([]);
  });

  it('is read whole by the services of this version', async () => {
    expect(await readAll(db)).toBeGreaterThanOrEqual(Object.values(before).reduce((sum, count) => sum + count, 0));
  });
});
