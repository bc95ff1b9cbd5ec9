import { execFileSync } from 'node:child_process';
import { EmbeddedPostgresError } from './embedded-postgres.errors.js';

export interface SystemUser {
  readonly uid?: number;
  readonly gid?: number;
}

const idOf = (flag: '-u' | '-g'): number =>
  Number(execFileSync('id', [flag, 'postgres'], { stdio: 'pipe' }).toString());
const findPostgresUser = (): SystemUser => ({ uid: idOf('-u'), gid: idOf('-g') });

/**
 * The system user to run the server as: nobody in particular, unless we are root, whom Postgres refuses. Then it is
 * `postgres`, who is created when missing (in a container there is often nobody but root).
 * @throws EmbeddedPostgresError `postgres_not_available`
 */
export const serverUser = (): SystemUser => {
  if (process.getuid?.() !== 0) return {};
  try {
    return findPostgresUser();
  } catch {
    // Not there yet.
  }
  try {
    execFileSync('useradd', ['--system', '--user-group', '--no-create-home', 'postgres'], { stdio: 'pipe' });
    return findPostgresUser();
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'postgres_not_available',
      'Postgres does not run as root, and a user named "postgres" could not be created. Run as another user.',
      { cause },
    );
  }
};
