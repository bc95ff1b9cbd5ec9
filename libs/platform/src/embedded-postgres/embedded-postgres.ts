import path from 'node:path';
import { freePort } from '../supervised-process/free-port.js';
import { startSupervised } from '../supervised-process/supervised-process.js';
import { ensureCluster, SUPERUSER, waitForPredecessor } from './cluster.js';
import { EmbeddedPostgresError } from './embedded-postgres.errors.js';
import { findPostgresBinaries } from './postgres-binaries.js';
import { serverUser } from './postgres-user.js';
import { clusterHome } from './reachable.js';

export interface EmbeddedPostgresOptions {
  /**
   * Folder of this server: its cluster and its password. Created when missing. When it lies where the server's user
   * cannot go (we are root, beneath `/root`), both are kept under `/var/lib/kernelcast` and only named here.
   */
  readonly dataDir: string;
  /** Port on 127.0.0.1; a free one by default. */
  readonly port?: number;
  /** Server settings, e.g. `{fsync: 'off'}`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Removes `dataDir` when the server has ended. For tests. */
  readonly ephemeral?: boolean;
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

const DEFAULT_SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '200',
};
const READY_TEXT = 'database system is ready to accept connections';

const start = async (cluster: string, port: number, { settings, ephemeral, dataDir }: EmbeddedPostgresOptions) => {
  const flags = Object.entries({ ...DEFAULT_SETTINGS, ...settings });
  try {
    return await startSupervised({
      command: (await findPostgresBinaries(serverUser())).postgres,
      args: ['-D', cluster, '-p', String(port), ...flags.flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      readyText: READY_TEXT,
      // Postgres' "fast" shutdown: transactions are rolled back, clients cut off, data written.
      stopSignal: 'SIGINT',
      removeFolder: ephemeral ? path.resolve(dataDir) : undefined,
      ...serverUser(),
    });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new EmbeddedPostgresError('postgres_start_failed', `Postgres did not start: ${reason}`, { cause });
  }
};

/**
 * Starts a Postgres server of our own on 127.0.0.1, making its cluster first when there is none. The server lives as
 * long as this process at most: when the process dies, whatever the signal, the server shuts down in order.
 * @throws EmbeddedPostgresError
 */
export const startEmbeddedPostgres = async (options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> => {
  const user = serverUser();
  const home = await clusterHome(path.resolve(options.dataDir), user);
  const { folder, password } = await ensureCluster(home, user);
  await waitForPredecessor(folder);
  const port = options.port ?? (await freePort());
  const server = await start(folder, port, options);

  let stopping = false;
  const crashed = new Promise<EmbeddedPostgresError>((resolve) => {
    void server.ended.then((end) => {
      if (!stopping) resolve(new EmbeddedPostgresError('postgres_start_failed', `Postgres ended by itself: ${end}`));
    });
  });
  const stop = async (): Promise<void> => {
    stopping = true;
    await server.stop();
  };
  return { url: `postgresql://${SUPERUSER}:${password}@127.0.0.1:${port}/postgres`, port, crashed, stop };
};
