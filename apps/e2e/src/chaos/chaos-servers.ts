import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { applyMigrations } from '@kernelcast/database';
import { freePort, startEmbeddedPostgres, startSupervised } from '@kernelcast/platform';
import { postgresOn } from '../support/processes.js';

/** A server that can be killed and started again on what it has written. */
export interface FallibleServer {
  readonly url: string;
  /** Kills it without a warning, waits until it is gone, and starts it again after `downMs`. */
  crash(downMs: number): Promise<void>;
  stop(): Promise<void>;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** What the operating system keeps survives a killed process; what only the process had must not have been promised. */
const POSTGRES_SETTINGS = { fsync: 'off', synchronous_commit: 'on', shared_buffers: '32MB' } as const;

/** A Postgres of its own with the product's schema. */
export async function startFalliblePostgres(dataDir: string): Promise<FallibleServer> {
  let server = await startEmbeddedPostgres({ dataDir, settings: POSTGRES_SETTINGS });
  const { url, port } = server;
  await applyMigrations(url);
  return {
    url,
    crash: async (downMs) => {
      process.kill(postgresOn(String(port)), 'SIGKILL');
      await server.crashed;
      await pause(downMs);
      server = await startEmbeddedPostgres({ dataDir, settings: POSTGRES_SETTINGS, port });
    },
    stop: () => server.stop(),
  };
}

/** A Redis of its own that writes an append-only file, as a queue's Redis has to. */
export async function startFallibleRedis(folder: string): Promise<FallibleServer> {
  const command = execFileSync('which', ['redis-server'], { stdio: 'pipe' }).toString().trim();
  const port = String(await freePort());
  const pidFile = path.join(folder, 'redis.pid');
  const files = ['--dir', folder, '--pidfile', pidFile, '--appendonly', 'yes', '--save', ''];
  const start = () =>
    startSupervised({
      command,
      args: ['--port', port, '--bind', '127.0.0.1', ...files],
      readyText: 'Ready to accept connections',
    });
  let server = await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    crash: async (downMs) => {
      process.kill(Number(readFileSync(pidFile, 'utf8')), 'SIGKILL');
      await server.ended;
      await pause(downMs);
      server = await start();
    },
    stop: () => server.stop(),
  };
}
