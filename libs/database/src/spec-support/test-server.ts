import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startEmbeddedPostgres } from '@kernelcast/platform';
import { createDatabase } from '../database.js';

export interface TestServer {
  /** Makes a database without any table and gives its URL. */
  createEmptyDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/**
 * A Postgres server for this project's own specs. Other projects use the fixtures of `@kernelcast/testing`, which are
 * built upon this one.
 */
export const startTestServer = async (): Promise<TestServer> => {
  const dataDir = mkdtempSync(path.join(os.tmpdir(), 'kernelcast-database-'));
  const settings = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };
  const server = await startEmbeddedPostgres({ dataDir, settings, ephemeral: true });
  const admin = createDatabase(server.url, { max: 1 });
  return {
    async createEmptyDatabase() {
      const name = `test_${randomBytes(8).toString('hex')}`;
      await admin.prisma.$executeRawUnsafe(`CREATE DATABASE "${name}"`);
      return Object.assign(new URL(server.url), { pathname: `/${name}` }).href;
    },
    async stop() {
      await admin.close();
      await server.stop();
    },
  };
};
