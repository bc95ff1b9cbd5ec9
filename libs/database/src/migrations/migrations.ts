import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { LOCK_FILE, migrationsFolder, readMigrations, schemaPath } from './migration-files.js';
import { NO_FILTERS, withSchemaEngine, type SchemaEngine } from './schema-engine.js';

/** A migration could not be applied, or the history of the database is not the one in `prisma/migrations`. */
export class MigrationError extends Error {
  readonly code = 'migration_failed';

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'MigrationError';
  }
}

const withEngine = async <T>(url: string, work: (engine: SchemaEngine) => Promise<T>): Promise<T> => {
  try {
    return await withSchemaEngine(url, work);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MigrationError(`The database schema could not be migrated: ${reason}`, { cause });
  }
};

/**
 * Brings a database to the schema of this version: applies the migrations it lacks, each in one transaction, and
 * returns their names. Services that start together may all call it: the engine holds an advisory lock meanwhile.
 * @param until - name of the last migration to apply, for a database of an earlier version
 * @throws MigrationError
 */
export const applyMigrations = (url: string, until?: string): Promise<string[]> =>
  withEngine(url, async (engine) => {
    const migrationsList = await readMigrations(until);
    const { appliedMigrationNames } = await engine.applyMigrations({ migrationsList, filters: NO_FILTERS });
    return appliedMigrationNames;
  });

export interface MigrationStatus {
  /** Migrations in the folder that the database has not seen. */
  readonly pending: string[];
  readonly failed: string[];
  /** Applied migrations whose file has changed since. */
  readonly edited: string[];
  /** Migrations of the database that the folder lacks: it belongs to a newer or another version. */
  readonly unknown: string[];
}

/** Compares the history of a database with the migrations folder. */
export const migrationStatus = (url: string): Promise<MigrationStatus> =>
  withEngine(url, async (engine) => {
    const migrationsList = await readMigrations();
    const result = await engine.diagnoseMigrationHistory({
      migrationsList,
      optInToShadowDatabase: false,
      filters: NO_FILTERS,
    });
    const history = result.history;
    return {
      pending: history && 'unappliedMigrationNames' in history ? history.unappliedMigrationNames : [],
      unknown: history && 'unpersistedMigrationNames' in history ? history.unpersistedMigrationNames : [],
      failed: result.failedMigrationNames,
      edited: result.editedMigrationNames,
    };
  });

/**
 * SQL that is missing between the migrations folder and `schema.prisma`, or `undefined` when they agree. Replays the
 * migrations in a shadow database on the same server, so `url` needs the right to create databases.
 */
export const schemaDrift = (url: string): Promise<string | undefined> =>
  withEngine(url, async (engine) => {
    const files = [{ path: schemaPath, content: await readFile(schemaPath, 'utf8') }];
    const result = await engine.diff({
      from: { tag: 'migrations', ...(await readMigrations()) },
      to: { tag: 'schemaDatamodel', files },
      script: true,
      exitCode: true,
      filters: NO_FILTERS,
    });
    return result.exitCode === 0 ? undefined : (result.stdout ?? '');
  });

/** Writes the drift as a new migration and returns its folder's name, or `undefined` when there is none. */
export const createMigration = async (url: string, name: string, now = new Date()): Promise<string | undefined> => {
  const sql = await schemaDrift(url);
  if (sql === undefined) return undefined;
  const folder = `${now.toISOString().replace(/\D/g, '').slice(0, 14)}_${name}`;
  await mkdir(path.join(migrationsFolder, folder), { recursive: true });
  await writeFile(path.join(migrationsFolder, folder, 'migration.sql'), sql);
  await writeFile(path.join(migrationsFolder, LOCK_FILE.path), LOCK_FILE.content);
  return folder;
};
