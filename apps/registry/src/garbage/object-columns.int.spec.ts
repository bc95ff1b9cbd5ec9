import { createDatabase, type Database } from '@kernelcast/database';
import { createTestDatabase } from '@kernelcast/testing';
import { BLOB_COLUMNS, KEY_COLUMNS, NO_OBJECT_COLUMNS, type Columns } from './object-columns.js';

let database: Database;
let drop: () => Promise<void>;
beforeAll(async () => {
  const test = await createTestDatabase();
  database = createDatabase(test.url, { max: 2 });
  drop = async () => {
    await database.close();
    await test.drop();
  };
});
afterAll(() => drop());

const namesOf = (columns: Columns): string[] =>
  Object.entries(columns).flatMap(([table, names]) => names.map((name) => `${table}.${name}`));
const objects = [BLOB_COLUMNS, ...Object.values(KEY_COLUMNS)].flatMap(namesOf);

describe('the columns of the database', () => {
  it('that sound as if they named an object are all known to the garbage collection', async () => {
    const rows = await database.prisma.$queryRaw<{ name: string }[]>`
      SELECT table_name || '.' || column_name AS name FROM information_schema.columns
      WHERE table_schema = 'public' AND column_name ~ '(digest|digests|key|keys)$' AND table_name NOT LIKE '\\_%'`;
    const known = [...objects, ...namesOf(NO_OBJECT_COLUMNS)];
    expect(rows.map(({ name }) => name).sort()).toEqual([...known].sort());
  });

  it('that name an object refuse one that was removed, when a row is inserted and when it is changed', async () => {
    const rows = await database.prisma.$queryRaw<{ table: string; definition: string }[]>`
      SELECT tgrelid::regclass::text AS table, pg_get_triggerdef(t.oid) AS definition
      FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid WHERE p.proname = 'refuse_removed_object' AND tgenabled = 'O'`;
    const guarded = rows.flatMap(({ table, definition }) => {
      const [, updated = '', args = ''] = /BEFORE INSERT OR UPDATE OF (.*) ON .*\((.*)\)$/.exec(definition) ?? [];
      expect(args.replaceAll("'", '')).toBe(updated);
      return updated.split(', ').map((column) => `${table}.${column}`);
    });
    expect(guarded.sort()).toEqual([...objects].sort());
  });

  it('that name an object are each indexed, so that a search costs no scan of their table', async () => {
    const rows = await database.prisma.$queryRaw<{ name: string }[]>`
      SELECT DISTINCT i.indrelid::regclass::text || '.' || a.attname AS name
      FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
      WHERE i.indpred IS NULL`;
    expect(rows.map(({ name }) => name)).toEqual(expect.arrayContaining(objects));
  });
});
