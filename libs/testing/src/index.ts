export { expectDocumented } from './docs/expect-documented.js';
export { tempDir, type TempDir } from './files/temp-dir.js';
export { waitFor } from './files/wait-for.js';
export {
  createEmptyDatabase,
  createTestDatabase,
  startPostgres,
  type TestDatabase,
  type TestPostgres,
} from './postgres/postgres.js';
export { startRedis, type TestRedis } from './redis/redis.js';
export { startS3, type TestS3 } from './s3/s3.js';
