import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { applyMigrations, createDatabase } from '@kernelcast/database';
import { startEmbeddedPostgres } from '@kernelcast/platform';
import { tempDir } from '../files/temp-dir.js';
import { cacheFolder, repositoryRoot } from '../files/repository-root.js';

/** Database with the schema of this version, which test databases are copied from. */
export const TEMPLATE_DATABASE = 'kernelcast_template';
/** Nobody minds a test database that is lost with the machine; everybody minds waiting for the disk. */
export const FAST_SETTINGS = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  autovacuum: 'off',
  shared_buffers: '32MB',
} as const;

export const withDatabaseName = (url: string, name: string): string =>
  Object.assign(new URL(url), { pathname: `/${name}` }).href;

const migrationsKey = (): string => {
  const folder = path.join(repositoryRoot, 'prisma/migrations');
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).sort()) {
    const file = path.join(folder, name, 'migration.sql');
    if (existsSync(file)) hash.update(name).update(readFileSync(file));
  }
  return hash.digest('hex').slice(0, 16);
};

/** Keeps owners and modes: the cluster belongs to the server's user. */
export const copyFolder = (from: string, to: string): void => {
  execFileSync('cp', ['-Rp', from, to]);
};

const make = async (dataDir: string): Promise<void> => {
  const server = await startEmbeddedPostgres({ dataDir, settings: FAST_SETTINGS });
  try {
    const admin = createDatabase(server.url, { max: 1 });
    await admin.prisma.$executeRawUnsafe(`CREATE DATABASE "${TEMPLATE_DATABASE}"`);
    await admin.close();
    await applyMigrations(withDatabaseName(server.url, TEMPLATE_DATABASE));
  } finally {
    await server.stop();
  }
};

/**
 * Folder of a cluster at rest that has the migrated template database; made once per set of migrations and copied from
 * then on, which takes a tenth of a second instead of five.
 */
export const templateCluster = async (): Promise<string> => {
  const folder = path.join(cacheFolder, `postgres-${migrationsKey()}`);
  if (existsSync(folder)) return folder;
  mkdirSync(cacheFolder, { recursive: true });
  // Made in the system's temporary folder: the server's user may not be able to reach the repository.
  const workshop = tempDir('template');
  const incoming = `${folder}.${process.pid}`;
  try {
    await make(workshop.path);
    copyFolder(workshop.path, incoming);
    renameSync(incoming, folder);
  } catch (error) {
    rmSync(incoming, { recursive: true, force: true });
    // Another process may have been faster; its cluster is as good as ours.
    if (!existsSync(folder)) throw error;
  } finally {
    workshop.remove();
  }
  return folder;
};
