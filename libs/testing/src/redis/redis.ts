import { execFileSync } from 'node:child_process';
import { freePort, startSupervised } from '@kernelcast/platform';
import { tempDir } from '../files/temp-dir.js';

export interface TestRedis {
  readonly url: string;
  stop(): Promise<void>;
}

const findRedisServer = (): string => {
  try {
    return execFileSync('which', ['redis-server'], { stdio: 'pipe' }).toString().trim();
  } catch (cause) {
    throw new Error('These specs need a Redis server: apt-get install redis-server', { cause });
  }
};

/** Starts an empty Redis server on a free port; nothing of it is kept. */
export const startRedis = async (): Promise<TestRedis> => {
  const command = findRedisServer();
  const folder = tempDir('redis').path;
  const port = await freePort();
  const server = await startSupervised({
    command,
    args: ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder],
    readyText: 'Ready to accept connections',
    removeFolder: folder,
  });
  return { url: `redis://127.0.0.1:${port}`, stop: () => server.stop() };
};
