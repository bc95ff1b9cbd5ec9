import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { MigrationList } from '@prisma/schema-engine-wasm/schema_engine_bg';

/** `prisma/` of the repository: four folders up from `src/migrations` and from `dist/migrations` alike. */
const prismaFolder = path.resolve(import.meta.dirname, '../../../../prisma');
export const schemaPath = path.join(prismaFolder, 'schema.prisma');
export const migrationsFolder = path.join(prismaFolder, 'migrations');
/** Rows of earlier versions, a file for each migration that they stand at; for specs. */
export const fixturesFolder = path.join(prismaFolder, 'fixtures');
export const LOCK_FILE = { path: 'migration_lock.toml', content: 'provider = "postgresql"\n' };

const readMigration = async (name: string): Promise<MigrationList['migrationDirectories'][number]> => {
  const value = await readFile(path.join(migrationsFolder, name, 'migration.sql'), 'utf8');
  return { path: name, migrationFile: { path: 'migration.sql', content: { tag: 'ok', value } } };
};

/** Reads the committed migrations, to one or to the last, oldest first: their names start with the time they were made. */
export const readMigrations = async (until?: string): Promise<MigrationList> => {
  const entries = await readdir(migrationsFolder, { withFileTypes: true }).catch(() => []);
  const names = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
  const wanted = until === undefined ? names : names.filter((name) => name <= until);
  return {
    baseDir: migrationsFolder,
    lockfile: LOCK_FILE,
    shadowDbInitScript: '',
    migrationDirectories: await Promise.all(wanted.sort().map(readMigration)),
  };
};
