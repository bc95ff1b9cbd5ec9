import { Database, Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { BLOB_COLUMNS, KEY_COLUMNS, type Columns } from './object-columns.js';

const EVERY_COLUMN = [BLOB_COLUMNS, ...Object.values(KEY_COLUMNS)].flatMap((columns: Columns) =>
  Object.entries(columns).flatMap(([table, names]) => names.map((column) => ({ table, column }))),
);

/** `EXISTS (…) OR EXISTS (…)` over every column that may name an object. */
const REFERENCED = Prisma.raw(
  EVERY_COLUMN.map(({ table, column }) => `EXISTS (SELECT 1 FROM "${table}" WHERE "${column}" = n.name)`).join(' OR '),
);

/** What is done about an object that looked like garbage. */
export type Sentence = 'condemned' | 'spared';

@Injectable()
export class ReferencesRepository {
  constructor(readonly db: Database) {}

  /** Those of some names that a row names, or that were announced after a moment. */
  async inUse(names: readonly string[], announcedAfter: Date, tx: Tx = this.db.prisma): Promise<Set<string>> {
    const rows = await tx.$queryRaw<{ name: string }[]>`
      SELECT n.name FROM unnest(${names}::text[]) AS n(name)
      WHERE ${REFERENCED}
        OR EXISTS (SELECT 1 FROM object_marks m WHERE m.name = n.name AND m.announced_at > ${announcedAfter})`;
    return new Set(rows.map(({ name }) => name));
  }

  /**
   * Looks at an object once more, with its lock held, which writers share: nobody has announced it or begins to refer to
   * it while we look. If nobody does, nobody may from now on, until it is announced again.
   */
  async condemn(name: string, announcedAfter: Date): Promise<Sentence> {
    return this.db.transaction(async (tx) => {
      if (!(await lock(tx, name)) || (await this.inUse([name], announcedAfter, tx)).has(name)) return 'spared';
      const removedAt = new Date();
      await tx.objectMark.upsert({ where: { name }, create: { name, removedAt }, update: { removedAt } });
      return 'condemned';
    });
  }

  /**
   * Removes a condemned object with its lock held, unless it was announced meanwhile. Whatever breaks off in between, the
   * mark stays: the object may be there or not, and nobody refers to it before announcing and looking for it.
   */
  async execute(name: string, remove: () => Promise<void>): Promise<boolean> {
    return this.db.transaction(
      async (tx) => {
        if (!(await lock(tx, name))) return false;
        const mark = await tx.objectMark.findUnique({ where: { name } });
        if (!mark?.removedAt) return false;
        await remove();
        return true;
      },
      { timeoutMs: REMOVAL_TIMEOUT_MS },
    );
  }

  /** Forgets announcements that have been kept or given up long ago, and removals that nobody can still stumble over. */
  async forgetMarks(before: Date): Promise<void> {
    const old = { OR: [{ announcedAt: null }, { announcedAt: { lt: before } }] };
    await this.db.prisma.objectMark.deleteMany({
      where: { AND: [old, { OR: [{ removedAt: null }, { removedAt: { lt: before } }] }] },
    });
  }
}

/** The store gives up a request before that. */
const REMOVAL_TIMEOUT_MS = 120_000;

/** Whoever holds the lock uses the object: there is no need to wait for them. */
const lock = async (tx: Tx, name: string): Promise<boolean> => {
  const [row] = await tx.$queryRaw<{ got: boolean }[]>`SELECT pg_try_advisory_xact_lock(object_lock(${name})) AS got`;
  return row?.got === true;
};
