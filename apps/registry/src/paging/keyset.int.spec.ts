import type { ListQuery, SortBy } from '@kernelcast/contracts';
import { createDatabase, Prisma, type Database } from '@kernelcast/database';
import { createTestDatabase } from '@kernelcast/testing';
import { nameHolds, oneOf, readPage, type Listing } from './keyset.js';

type Sort = 'at' | 'name' | 'size' | 'score';
interface Row {
  id: string;
  at: Date;
  name: string;
  kind: string;
  size: number;
  score: number;
}

const listing: Listing<Sort> = {
  name: 'rows',
  from: Prisma.sql`listed`,
  id: Prisma.sql`listed.id`,
  sorts: {
    at: { column: Prisma.sql`listed.at`, type: 'time' },
    name: { column: Prisma.sql`listed.name`, type: 'text' },
    size: { column: Prisma.sql`listed.size`, type: 'integer' },
    score: { column: Prisma.sql`listed.score`, type: 'real' },
  },
};

let database: Database;
let drop: () => Promise<void>;
let all: Row[];

beforeAll(async () => {
  const testDatabase = await createTestDatabase();
  database = createDatabase(testDatabase.url, { max: 2 });
  drop = testDatabase.drop;
  await database.prisma.$executeRaw`
    CREATE TABLE listed (id text PRIMARY KEY, at timestamptz(3), name text COLLATE "C", kind text, size int, score float8)`;
  // Few values of each key, so that many rows are alike in it.
  await database.prisma.$executeRaw`
    INSERT INTO listed SELECT 'row_' || lpad(n::text, 4, '0'), '2026-01-01'::timestamptz + (n % 7) * interval '1 ms',
      'n_' || (n % 5), 'k' || (n % 4), n % 3, (n % 6) / 7.0 FROM generate_series(1, 120) n`;
  all = await database.prisma.$queryRaw<Row[]>`SELECT * FROM listed`;
});
afterAll(async () => {
  await database.close();
  await drop();
});

const ofKinds = (...kinds: string[]) => ({ kinds });
const page = (query: ListQuery<Sort>, { kinds }: { kinds?: string[] } = {}, where: Prisma.Sql[] = []) =>
  readPage(
    database.prisma,
    listing,
    { query, scope: [], where, oneOf: [oneOf(Prisma.sql`listed.kind`, kinds)] },
    (ids) => Promise.resolve(all.filter(({ id }) => ids.includes(id))),
  );

const walk = async (sort: SortBy<Sort>, filter = {}): Promise<Row[]> => {
  const rows: Row[] = [];
  let after: string | undefined;
  do {
    const { data, nextCursor } = await page({ limit: 7, sort, after }, filter);
    rows.push(...data);
    after = nextCursor ?? undefined;
  } while (after !== undefined);
  return rows;
};

const inOrder = (rows: Row[], sort: SortBy<Sort>): string[] => {
  const key = sort.replace('-', '') as Sort;
  const rank = (a: Row, b: Row) => (a[key] < b[key] ? -1 : a[key] > b[key] ? 1 : a.id < b.id ? -1 : 1);
  const ids = [...rows].sort(rank).map(({ id }) => id);
  return sort.startsWith('-') ? ids.reverse() : ids;
};

describe('pages by keyset', () => {
  it.each(['at', '-at', 'name', '-name', 'size', '-size', 'score', '-score'] as const)(
    'show every row once in the order of %s, however many are alike',
    async (sort) => {
      expect((await walk(sort)).map(({ id }) => id)).toEqual(inOrder(all, sort));
    },
  );

  it.each([[['k1']], [['k1', 'k3']], [['k0', 'none', 'k2', 'k0']]])(
    'keep the order over the values %p',
    async (values) => {
      const wanted = all.filter(({ kind }) => values.includes(kind));
      expect((await walk('-at', ofKinds(...values))).map(({ id }) => id)).toEqual(inOrder(wanted, '-at'));
    },
  );

  it('end where the last row fills the page, and are empty for no values', async () => {
    expect(await page({ limit: 120, sort: 'at' })).toMatchObject({ nextCursor: null });
    expect(await page({ limit: 5, sort: 'at' }, ofKinds())).toEqual({ data: [], nextCursor: null });
  });

  it('take what LIKE reads as a pattern as it is', async () => {
    const found = async (part: string) =>
      (await page({ limit: 200, sort: 'at' }, {}, nameHolds(part, Prisma.sql`listed.name`))).data.length;
    expect(await Promise.all(['n_1', 'n__', '%', '_1', '\\'].map(found))).toEqual([24, 0, 0, 24, 0]);
  });
});
