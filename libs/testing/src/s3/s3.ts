import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { freePort, startSupervised } from '@kernelcast/platform';
import { cacheFolder } from '../files/repository-root.js';
import { tempDir } from '../files/temp-dir.js';

export interface TestS3 {
  /** What answers the requests, for the names of specs. */
  readonly server: string;
  readonly endpoint: string;
  readonly bucket: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  stop(): Promise<void>;
}

/** moto speaks S3 over HTTP and keeps objects in memory: https://docs.getmoto.org */
const PACKAGES = ['moto[s3]==5.2.5', 'flask>=3,<4', 'flask-cors>=6,<7'];
const BUCKET = 'kernelcast-test';
const INSTALL_TIMEOUT_MS = 180_000;

const run = promisify(execFile);

const onPath = (command: string): string | undefined => {
  try {
    const found = execFileSync('which', [command], { stdio: 'pipe' }).toString().trim();
    execFileSync(found, ['--help'], { stdio: 'pipe' });
    return found;
  } catch {
    return undefined;
  }
};

/** Installs moto once into the cache folder; a half-made installation is never taken for a whole one. */
const installMoto = async (): Promise<string> => {
  const folder = path.join(cacheFolder, 'moto');
  const server = path.join(folder, 'bin/moto_server');
  if (existsSync(server)) return server;
  mkdirSync(cacheFolder, { recursive: true });
  rmSync(folder, { recursive: true, force: true });
  await run('python3', ['-m', 'venv', folder]);
  try {
    const pip = path.join(folder, 'bin/pip');
    await run(pip, ['install', '--quiet', '--no-compile', ...PACKAGES], { timeout: INSTALL_TIMEOUT_MS });
  } catch (error) {
    renameSync(folder, `${folder}.failed`);
    rmSync(`${folder}.failed`, { recursive: true, force: true });
    throw error;
  }
  return server;
};

const start = async (command: string): Promise<TestS3> => {
  const port = await freePort();
  const folder = tempDir('s3').path;
  const server = await startSupervised({
    command,
    args: ['-H', '127.0.0.1', '-p', String(port)],
    readyText: 'Running on http://127.0.0.1',
    environment: { PYTHONUNBUFFERED: '1', TMPDIR: folder },
    removeFolder: folder,
  });
  const endpoint = `http://127.0.0.1:${port}`;
  const created = await fetch(`${endpoint}/${BUCKET}`, { method: 'PUT' });
  if (!created.ok) throw new Error(`moto did not create a bucket: ${created.status}`);
  return {
    server: 'moto',
    endpoint,
    bucket: BUCKET,
    region: 'us-east-1',
    accessKeyId: 'test',
    secretAccessKey: 'test',
    stop: () => server.stop(),
  };
};

/**
 * Starts an S3 server that is not ours: moto, from the PATH or installed into the cache folder. Where it cannot be had
 * the reason goes to standard error, so that nobody takes skipped specs for passed ones, and the result is `undefined`.
 */
export const startS3 = async (): Promise<TestS3 | undefined> => {
  try {
    return await start(onPath('moto_server') ?? (await installMoto()));
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('\n')[0] : String(error);
    process.stderr.write(
      `\nS3 SPECS ARE SKIPPED: no S3 server could be started (${reason}). pip install 'moto[server]'\n`,
    );
    return undefined;
  }
};
