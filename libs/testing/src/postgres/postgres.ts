import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { createDatabase } from '@kernelcast/database';
import { startEmbeddedPostgres } from '@kernelcast/platform';
import { tempDir } from '../files/temp-dir.js';
import { copyFolder, FAST_SETTINGS, templateCluster, TEMPLATE_DATABASE, withDatabaseName } from './template-cluster.js';

export interface TestPostgres {
  /** URL of the maintenance database, as superuser. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

const URL_FILE = 'url';

/** Starts a server of one test's own, which it may stop, crash or fill. Its folder is gone after it ended. */
export const startPostgres = async (): Promise<TestPostgres> => {
  const folder = tempDir('postgres').path;
  return startIn(folder);
};

const startIn = async (folder: string): Promise<TestPostgres> => {
  const template = await templateCluster();
  copyFolder(`${template}/.`, folder);
  const server = await startEmbeddedPostgres({ dataDir: folder, settings: FAST_SETTINGS, ephemeral: true });
  return { url: server.url, stop: () => server.stop() };
};

let shared: Promise<string> | undefined;

/**
 * URL of the server that all specs of this process share. Jest gives every spec file fresh modules, so the server is
 * found again by a file in its folder, which goes away with it when the process ends.
 */
const sharedServer = async (): Promise<string> => {
  const folder = path.join(os.tmpdir(), `kernelcast-test-postgres-${process.pid}`);
  const urlFile = path.join(folder, URL_FILE);
  if (existsSync(urlFile)) return readFileSync(urlFile, 'utf8');
  const { url } = await startIn(folder);
  writeFileSync(urlFile, url, { mode: 0o600 });
  return url;
};

const asAdmin = async (url: string, sql: string): Promise<void> => {
  const admin = createDatabase(url, { max: 1 });
  try {
    await admin.prisma.$executeRawUnsafe(sql);
  } finally {
    await admin.close();
  }
};

/** A fresh database with the schema of this version, on the server that the specs of this process share. */
export const createTestDatabase = async (): Promise<TestDatabase> => {
  const server = await (shared ??= sharedServer());
  const name = `test_${randomBytes(8).toString('hex')}`;
  await asAdmin(server, `CREATE DATABASE "${name}" TEMPLATE "${TEMPLATE_DATABASE}"`);
  const drop = (): Promise<void> => asAdmin(server, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
  return { url: withDatabaseName(server, name), drop };
};

/** A fresh database without any table, for specs about migrations. */
export const createEmptyDatabase = async (): Promise<TestDatabase> => {
  const server = await (shared ??= sharedServer());
  const name = `empty_${randomBytes(8).toString('hex')}`;
  await asAdmin(server, `CREATE DATABASE "${name}"`);
  const drop = (): Promise<void> => asAdmin(server, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
  return { url: withDatabaseName(server, name), drop };
};
