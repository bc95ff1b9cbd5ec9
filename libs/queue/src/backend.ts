import {
  createPostgresBackend,
  createRedisBackend,
  Queue,
  withBackend,
  Worker,
  type BackendFactory,
  type IQueueBackend,
  type Processor,
  type WorkerOptions,
} from 'bullmq';

export interface BackendOptions {
  readonly databaseUrl: string;
  /** With it the queues live in Redis, without it in Postgres. */
  readonly redisUrl?: string;
}

/** What the rest of this library needs of BullMQ, whatever keeps its jobs. */
export interface QueueBackend {
  readonly kind: 'postgres' | 'redis';
  openQueue(name: string): Queue;
  openWorker(name: string, processor: Processor, options: Omit<WorkerOptions, 'connection'>): Worker;
}

/** BullMQ's tables stay out of the schema that Prisma manages. */
const POSTGRES_SCHEMA = 'bullmq';
/** First part of every key in Redis. Braces keep the keys of all queues in one slot of a cluster. */
const REDIS_PREFIX = '{kernelcast}';
/** Connections of one queue's or worker's pool; a worker that waits holds one more, for LISTEN. */
const POOL_SIZE = 4;

/** Milliseconds that ioredis waits for a socket to end; the timer keeps the process up even when there was none. */
const DISCONNECT_MS = 200;
/** Milliseconds between attempts to reach Redis again: at once at first, then less and less often. */
const reconnectDelay = (attempt: number): number => Math.min(attempt * 50, 2_000);

type AnyFactory = BackendFactory<IQueueBackend, unknown>;

const backendOf = (kind: QueueBackend['kind'], factory: AnyFactory, connection: unknown): QueueBackend => {
  const { Queue: BackendQueue, Worker: BackendWorker } = withBackend(factory);
  const prefix = kind === 'redis' ? REDIS_PREFIX : undefined;
  return {
    kind,
    openQueue: (name) => new BackendQueue(name, { connection, prefix }) as unknown as Queue,
    openWorker: (name, processor, options) =>
      new BackendWorker(name, processor, { ...options, connection, prefix }) as unknown as Worker,
  };
};

/** Chooses where jobs are kept. Nothing is connected yet. */
export const createBackend = ({ databaseUrl, redisUrl }: BackendOptions): QueueBackend => {
  if (redisUrl)
    return backendOf('redis', createRedisBackend as AnyFactory, {
      url: redisUrl,
      retryStrategy: reconnectDelay,
      disconnectTimeout: DISCONNECT_MS,
    });
  const connection = { connectionString: databaseUrl, schema: POSTGRES_SCHEMA, migrate: true, max: POOL_SIZE };
  return backendOf('postgres', createPostgresBackend as AnyFactory, connection);
};
