import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { EmbeddedPostgresError } from './embedded-postgres.errors.js';
import { findPostgresBinaries } from './postgres-binaries.js';
import type { SystemUser } from './postgres-user.js';

export interface Cluster {
  readonly folder: string;
  readonly password: string;
}

export const SUPERUSER = 'kernelcast';
const CLUSTER = 'cluster';
const PASSWORD = 'password';
/** A server that was told to stop may still be writing its last checkpoint when its successor starts. */
const PREDECESSOR_GRACE_MS = 15_000;
const PREDECESSOR_POLL_MS = 100;

const run = (command: string, args: string[], user: SystemUser): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...user, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(output.trim() || `exit code ${code}`))));
  });

const initialise = async (dataDir: string, user: SystemUser): Promise<void> => {
  // Made under another name and renamed last, so that a half-made cluster is never taken for a whole one.
  const folder = path.join(dataDir, `${CLUSTER}.new`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { mode: 0o700 });
  const passwordFile = path.join(dataDir, PASSWORD);
  await rm(passwordFile, { force: true });
  await writeFile(passwordFile, randomBytes(24).toString('base64url'), { mode: 0o600 });
  if (user.uid !== undefined && user.gid !== undefined) {
    await chown(folder, user.uid, user.gid);
    await chown(passwordFile, user.uid, user.gid);
  }
  const args = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', `--username=${SUPERUSER}`];
  await run(
    (await findPostgresBinaries(user)).initdb,
    [`--pgdata=${folder}`, `--pwfile=${passwordFile}`, ...args],
    user,
  );
  await rename(folder, path.join(dataDir, CLUSTER));
};

/**
 * Finds the cluster in a data folder, or makes one: a superuser with a random password, UTF-8, and the C collation,
 * whose order does not change with the system's libraries.
 * @throws EmbeddedPostgresError `postgres_init_failed`
 */
export const ensureCluster = async (dataDir: string, user: SystemUser): Promise<Cluster> => {
  const folder = path.join(dataDir, CLUSTER);
  try {
    await mkdir(dataDir, { recursive: true });
    // Another system user must be able to walk through; the cluster beneath is readable for that user alone.
    if (user.uid !== undefined) await chmod(dataDir, 0o711);
    if (!existsSync(folder)) await initialise(dataDir, user);
    return { folder, password: (await readFile(path.join(dataDir, PASSWORD), 'utf8')).trim() };
  } catch (cause) {
    if (cause instanceof EmbeddedPostgresError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EmbeddedPostgresError('postgres_init_failed', `Postgres could not set up ${folder}: ${reason}`, {
      cause,
    });
  }
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/**
 * Waits for a server that is shutting down on the same cluster. A lock file without its process is left for Postgres
 * to judge.
 * @throws EmbeddedPostgresError `postgres_already_running`
 */
export const waitForPredecessor = async (cluster: string, graceMs = PREDECESSOR_GRACE_MS): Promise<void> => {
  const deadline = performance.now() + graceMs;
  for (;;) {
    const lock = await readFile(path.join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
    const pid = Number.parseInt(lock, 10);
    if (!(pid > 0) || !isAlive(pid)) return;
    if (performance.now() > deadline) {
      const message = `Another Postgres (process ${pid}) runs on ${cluster}.`;
      throw new EmbeddedPostgresError('postgres_already_running', message);
    }
    await new Promise((resolve) => setTimeout(resolve, PREDECESSOR_POLL_MS));
  }
};
