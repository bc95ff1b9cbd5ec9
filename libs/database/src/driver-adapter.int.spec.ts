import type { Transaction } from '@prisma/driver-adapter-utils';
import pg from 'pg';
import { PgAdapter } from './driver-adapter.js';
import { startTestServer, type TestServer } from './spec-support/test-server.js';

const query = (sql: string) => ({ sql, args: [], argTypes: [] });

describe('the driver adapter', () => {
  let server: TestServer;
  let adapter: Awaited<ReturnType<PgAdapter['connect']>>;
  beforeAll(async () => {
    server = await startTestServer();
    adapter = await new PgAdapter({ connectionString: await server.createEmptyDatabase() }).connect();
  });
  afterAll(async () => {
    await adapter.dispose();
    await server.stop();
  });

  const inTransaction = async (work: (transaction: Transaction) => Promise<void>): Promise<void> => {
    const transaction = await adapter.startTransaction();
    try {
      await work(transaction);
    } finally {
      await transaction.executeRaw(query('ROLLBACK'));
      await transaction.rollback();
    }
  };

  /** The most queries that were under way at once while `work` ran, whatever their connections. */
  const mostAtOnce = async (work: () => Promise<unknown>): Promise<number> => {
    let now = 0;
    let most = 0;
    const { prototype } = pg.Client as unknown as { prototype: { query: (...args: unknown[]) => Promise<unknown> } };
    const { query: send } = prototype;
    prototype.query = function (...args) {
      most = Math.max(most, ++now);
      return send.apply(this, args).finally(() => now--);
    };
    await work().finally(() => (prototype.query = send));
    return most;
  };

  it('sends the queries of a transaction one after the other, on its one connection', () =>
    inTransaction(async (transaction) => {
      const numbers = ['1', '2', '3', '4'];
      const ask = () => Promise.all(numbers.map((n) => transaction.queryRaw(query(`SELECT '${n}'`))));
      let answers: Awaited<ReturnType<typeof ask>> = [];
      expect(await mostAtOnce(async () => (answers = await ask()))).toBe(1);
      expect(answers.map(({ rows }) => rows)).toEqual(numbers.map((n) => [[n]]));
    }));

  it('sends what waits behind a query that fails', () =>
    inTransaction(async (transaction) => {
      await transaction.executeRaw(query('SAVEPOINT before'));
      const failing = transaction.queryRaw(query('SELECT 1 / 0'));
      const undone = transaction.executeRaw(query('ROLLBACK TO SAVEPOINT before'));
      const answer = transaction.queryRaw(query(`SELECT 'well'`));
      await expect(failing).rejects.toThrow();
      await undone;
      expect((await answer).rows).toEqual([['well']]);
    }));
});
