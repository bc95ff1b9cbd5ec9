import { PrismaPg } from '@prisma/adapter-pg';
import type { IsolationLevel, SqlDriverAdapter, Transaction } from '@prisma/driver-adapter-utils';

/**
 * Prisma's adapter for pg, with the queries of a transaction sent one after the other. Prisma reads the relations of a
 * row at once, also in a transaction, which has a single connection: pg 8 queues such queries and warns, pg 9 refuses.
 */
export class PgAdapter extends PrismaPg {
  override async connect(): ReturnType<PrismaPg['connect']> {
    const adapter = await super.connect();
    const start: SqlDriverAdapter['startTransaction'] = adapter.startTransaction.bind(adapter);
    adapter.startTransaction = async (isolation?: IsolationLevel) => inTurn(await start(isolation));
    return adapter;
  }
}

const inTurn = (transaction: Transaction): Transaction => {
  let last: Promise<unknown> = Promise.resolve();
  const queued =
    <Q, R>(send: (query: Q) => Promise<R>) =>
    (query: Q): Promise<R> => {
      const answer = last.then(() => send(query));
      last = answer.catch(() => undefined);
      return answer;
    };
  transaction.queryRaw = queued(transaction.queryRaw.bind(transaction));
  transaction.executeRaw = queued(transaction.executeRaw.bind(transaction));
  return transaction;
};
