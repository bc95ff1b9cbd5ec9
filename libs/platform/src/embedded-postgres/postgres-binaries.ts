import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres.errors.js';

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
}

/**
 * Finds the server's binaries. They come as one optional package per platform beneath `embedded-postgres`; that
 * package's own launcher is not used, since it ends the process at the first signal.
 * @throws EmbeddedPostgresError `postgres_not_available`
 */
export const findPostgresBinaries = (): PostgresBinaries => {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  const suffix = process.platform === 'win32' ? '.exe' : '';
  try {
    const launcher = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(launcher).resolve(name);
    const folder = path.resolve(path.dirname(entry), '../native/bin');
    const binaries = { postgres: path.join(folder, `postgres${suffix}`), initdb: path.join(folder, `initdb${suffix}`) };
    if (existsSync(binaries.postgres) && existsSync(binaries.initdb)) return binaries;
  } catch {
    // Reported below: an optional package that is missing is no fault of this code.
  }
  throw new EmbeddedPostgresError(
    'postgres_not_available',
    `No embedded Postgres for ${process.platform}-${process.arch} (package ${name} is not installed). Set DATABASE_URL to a Postgres server instead.`,
  );
};
