import { fork, spawn, type ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chownSync, existsSync } from 'node:fs';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { EmbeddedPostgresError } from './embedded-postgres.errors.js';
import { findPostgresBinaries } from './postgres-binaries.js';
import { serverUser, type SystemUser } from './postgres-user.js';

export interface EmbeddedPostgresOptions {
  /** Folder of this server: its cluster and its password. Created when missing. */
  readonly dataDir: string;
  /** Port on 127.0.0.1; a free one by default. */
  readonly port?: number;
  /** Server settings, e.g. `{fsync: 'off'}`. */
  readonly settings?: Readonly<Record<string, string>>;
}

export interface EmbeddedPostgres {
  /** Connection URL of the database `postgres`, as its superuser. */
  readonly url: string;
  readonly port: number;
  /** Resolves when the server has ended although nobody stopped it. */
  readonly crashed: Promise<EmbeddedPostgresError>;
  /** Ends the server in order. Idempotent. */
  stop(): Promise<void>;
}

const SUPERUSER = 'kernelcast';
/** A server that was told to stop may still be writing its last checkpoint when its successor starts. */
const PREDECESSOR_GRACE_MS = 15_000;
const PREDECESSOR_POLL_MS = 100;

const DEFAULT_SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
};

/** Asks the operating system for a port that nobody listens on. */
const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

const run = (command: string, args: string[], user: SystemUser): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...user, cwd: '/', stdio: ['ignore', 'ignore', 'pipe'] });
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    child.once('error', reject);
    child.once('close', (code) => (code === 0 ? resolve() : reject(new Error(output.trim() || `exit code ${code}`))));
  });

/** Creates the cluster once. It is made under a name of its own and renamed last, so a half-made one is never used. */
const ensureCluster = async (dataDir: string, user: SystemUser): Promise<{ cluster: string; password: string }> => {
  const cluster = path.join(dataDir, 'cluster');
  const passwordFile = path.join(dataDir, 'password');
  if (existsSync(path.join(cluster, 'PG_VERSION')) && existsSync(passwordFile))
    return { cluster, password: (await readFile(passwordFile, 'utf8')).trim() };

  await mkdir(dataDir, { recursive: true });
  // The server's user must be able to walk through; the cluster beneath is readable for that user alone.
  await chmod(dataDir, 0o711);
  await rm(cluster, { recursive: true, force: true });
  await mkdir(cluster, { mode: 0o700 });
  const password = randomBytes(24).toString('base64url');
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user.uid !== undefined && user.gid !== undefined) {
    chownSync(cluster, user.uid, user.gid);
    chownSync(passwordFile, user.uid, user.gid);
  }
  const args = ['--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', `--username=${SUPERUSER}`];
  try {
    await run(findPostgresBinaries().initdb, [`--pgdata=${cluster}`, `--pwfile=${passwordFile}`, ...args], user);
  } catch (cause) {
    await rm(cluster, { recursive: true, force: true });
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EmbeddedPostgresError('postgres_init_failed', `Postgres could not set up ${cluster}: ${reason}`, {
      cause,
    });
  }
  return { cluster, password };
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Waits for a server that is shutting down on the same cluster; a stale lock file is left for Postgres to judge. */
const waitForPredecessor = async (cluster: string): Promise<void> => {
  const deadline = Date.now() + PREDECESSOR_GRACE_MS;
  for (;;) {
    const lock = await readFile(path.join(cluster, 'postmaster.pid'), 'utf8').catch(() => '');
    const pid = Number.parseInt(lock, 10);
    if (!(pid > 0) || !isAlive(pid)) return;
    if (Date.now() > deadline)
      throw new EmbeddedPostgresError(
        'postgres_already_running',
        `Another Postgres (process ${pid}) runs on ${cluster}.`,
      );
    await new Promise((resolve) => setTimeout(resolve, PREDECESSOR_POLL_MS));
  }
};

type SupervisorMessage = { type: 'ready' } | { type: 'exit'; code: number | null; log: string };

const launch = (
  cluster: string,
  port: number,
  user: SystemUser,
  settings: Readonly<Record<string, string>>,
): ChildProcess => {
  const flags = Object.entries({ ...DEFAULT_SETTINGS, ...settings }).flatMap(([name, value]) => [
    '-c',
    `${name}=${value}`,
  ]);
  const command = {
    postgres: findPostgresBinaries().postgres,
    args: ['-D', cluster, '-p', String(port), ...flags],
    ...user,
  };
  // The same extension as this file: `.ts` when tests run the source, `.js` in the build.
  const supervisor = fileURLToPath(new URL(`./postgres-supervisor${path.extname(import.meta.url)}`, import.meta.url));
  const child = fork(supervisor, [JSON.stringify(command)], {
    cwd: '/',
    detached: true,
    execArgv: ['--no-warnings'],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  return child;
};

interface Supervised {
  readonly ready: Promise<void>;
  /** Resolves with a description of the end, when the server has ended. */
  readonly ended: Promise<string>;
}

const watch = (child: ChildProcess): Supervised => {
  let log = '';
  const ended = new Promise<string>((resolve) => {
    child.once('exit', (code) => resolve(log.trim() || `exit code ${code}`));
  });
  const ready = new Promise<void>((resolve, reject) => {
    child.on('message', (message: SupervisorMessage) => {
      if (message.type === 'ready') resolve();
      else log = message.log;
    });
    void ended.then((end) =>
      reject(new EmbeddedPostgresError('postgres_start_failed', `Postgres did not start: ${end}`)),
    );
  });
  return { ready, ended };
};

/**
 * Starts a Postgres server of our own on 127.0.0.1, making its cluster first when there is none. The server lives as
 * long as this process at most: when the process dies, whatever the signal, the server shuts down in order.
 * @throws EmbeddedPostgresError
 */
export const startEmbeddedPostgres = async (options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> => {
  const user = serverUser();
  const { cluster, password } = await ensureCluster(path.resolve(options.dataDir), user);
  await waitForPredecessor(cluster);
  const port = options.port ?? (await freePort());
  const child = launch(cluster, port, user, options.settings ?? {});
  const { ready, ended } = watch(child);
  await ready;
  // From here on the server alone must not keep this process alive.
  child.unref();
  child.channel?.unref();

  let stopping = false;
  const crashed = new Promise<EmbeddedPostgresError>((resolve) => {
    void ended.then((end) => {
      if (!stopping) resolve(new EmbeddedPostgresError('postgres_start_failed', `Postgres ended by itself: ${end}`));
    });
  });
  const stop = async (): Promise<void> => {
    stopping = true;
    child.ref();
    child.channel?.ref();
    if (child.connected) child.send({ type: 'stop' });
    await ended;
  };
  return { url: `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/postgres`, port, crashed, stop };
};
