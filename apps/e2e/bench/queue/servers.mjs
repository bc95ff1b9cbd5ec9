// The servers that a measurement brings along: Postgres and Redis as they are in production, with all that durability costs.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { applyMigrations } from '@kernelcast/database';
import { freePort, startEmbeddedPostgres, startSupervised } from '@kernelcast/platform';

/** A folder that is gone after `use`. */
export async function withFolder(use) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'kernelcast-bench-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** An empty database with the present schema. */
export async function withPostgres(folder, use) {
  const server = await startEmbeddedPostgres({ dataDir: path.join(folder, 'postgres') });
  try {
    await applyMigrations(server.url);
    return await use(server.url);
  } finally {
    await server.stop();
  }
}

/** Version of the Redis server of this machine; `undefined` where there is none. */
export function redisVersion() {
  try {
    return /v=(\S+)/.exec(execFileSync('redis-server', ['--version'], { encoding: 'utf8' }))?.[1];
  } catch {
    return undefined;
  }
}

/** An empty Redis that writes every command to its log, and the log to the disk every second. */
export async function withRedis(folder, use) {
  const port = await freePort();
  const dataDir = await mkdtemp(path.join(folder, 'redis-'));
  const server = await startSupervised({
    command: 'redis-server',
    args: ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'yes', '--dir', dataDir],
    readyText: 'Ready to accept connections',
    removeFolder: dataDir,
  });
  try {
    return await use(`redis://127.0.0.1:${port}`);
  } finally {
    await server.stop();
  }
}
