import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres.errors.js';
import type { SystemUser } from './postgres-user.js';
import { canReach, stageBinaries } from './reachable.js';

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
}

const versionOf = (native: string): string =>
  (JSON.parse(readFileSync(path.resolve(native, '../package.json'), 'utf8')) as { version: string }).version;

const binariesIn = (native: string): PostgresBinaries => {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const file = (name: string) => path.join(native, 'bin', `${name}${suffix}`);
  return { postgres: file('postgres'), initdb: file('initdb') };
};

/**
 * Finds the server's binaries. They come as one optional package per platform beneath `embedded-postgres`; that
 * package's own launcher is not used, since it ends the process at the first signal. Where `user` cannot reach the
 * package, a copy of it is used.
 * @throws EmbeddedPostgresError `postgres_not_available`
 */
export const findPostgresBinaries = async (user: SystemUser): Promise<PostgresBinaries> => {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  let native: string;
  try {
    const launcher = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(launcher).resolve(name);
    native = path.resolve(path.dirname(entry), '../native');
  } catch {
    native = '';
  }
  const binaries = binariesIn(native);
  if (!existsSync(binaries.postgres) || !existsSync(binaries.initdb))
    throw new EmbeddedPostgresError(
      'postgres_not_available',
      `No embedded Postgres for ${process.platform}-${process.arch} (package ${name} is not installed). Set DATABASE_URL to a Postgres server instead.`,
    );
  return canReach(native, user) ? binaries : binariesIn(await stageBinaries(native, versionOf(native)));
};
