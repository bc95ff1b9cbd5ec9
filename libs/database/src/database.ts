import { copyOut } from './copy-out.js';
import { PgAdapter } from './driver-adapter.js';
import { isTransactionConflict } from './errors.js';
import { Prisma, PrismaClient } from './generated/prisma/client.js';

/** What a repository gets inside a transaction: the client without the means to open another one. */
export type Tx = Prisma.TransactionClient;
export type IsolationLevel = 'ReadCommitted' | 'RepeatableRead' | 'Serializable';

export interface DatabaseOptions {
  /** Connections of the pool. */
  readonly max?: number;
}

export interface TransactionOptions {
  readonly isolation?: IsolationLevel;
  /** Milliseconds a transaction may last before it is rolled back. */
  readonly timeoutMs?: number;
}

const DEFAULT_POOL_SIZE = 10;
const DEFAULT_TRANSACTION_TIMEOUT_MS = 15_000;
/** Milliseconds to wait for a free connection or for a server that does not answer. */
const CONNECT_TIMEOUT_MS = 5_000;
/** A deadlock or serialisation failure is nobody's fault: the same transaction succeeds when it is run again. */
const CONFLICT_ATTEMPTS = 5;

/** The database of the registry: Prisma's client over one connection pool. Also its injection token in Nest. */
export class Database {
  readonly prisma: PrismaClient;

  constructor(
    private readonly url: string,
    { max = DEFAULT_POOL_SIZE }: DatabaseOptions = {},
  ) {
    const adapter = new PgAdapter({ connectionString: url, max, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
    this.prisma = new PrismaClient({ adapter });
  }

  /**
   * Runs `work` in one transaction. When the database ends it by a deadlock or a serialisation failure, `work` runs
   * again from the start: it must touch nothing but the database.
   */
  async transaction<T>(work: (tx: Tx) => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.prisma.$transaction(work, {
          isolationLevel: options.isolation ?? 'ReadCommitted',
          timeout: options.timeoutMs ?? DEFAULT_TRANSACTION_TIMEOUT_MS,
          maxWait: CONNECT_TIMEOUT_MS,
        });
      } catch (error) {
        if (attempt === CONFLICT_ATTEMPTS || !isTransactionConflict(error)) throw error;
      }
    }
  }

  /**
   * Streams the rows of a query past Prisma, without an object for each; see `copyOut`.
   * @param query trusted SQL: it takes no parameters
   */
  copyOut(query: string, onRow: (line: Uint8Array) => void): Promise<void> {
    return copyOut(this.url, query, onRow);
  }

  /** Resolves when the database answers a query; rejects otherwise. For readiness checks. */
  async ping(): Promise<void> {
    await this.prisma.$queryRaw`SELECT 1`;
  }

  /** Ends the pool. Idempotent. */
  async close(): Promise<void> {
    await this.prisma.$disconnect();
  }
}

/** Opens the database. Nothing is connected until the first query. */
export const createDatabase = (url: string, options?: DatabaseOptions): Database => new Database(url, options);
