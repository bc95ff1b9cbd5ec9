import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { applyMigrations } from '@kernelcast/database';
import { freePort, startEmbeddedPostgres } from '@kernelcast/platform';

const POLL = '/device/v1/manifest';
const TICKS_PER_SECOND = 100;
const MAIN = path.resolve(import.meta.dirname, '../../dist/main.js');

export const hasProgram = (name) => spawnSync('which', [name]).status === 0;

/** One core for a process where the system can be told so. */
const pinned = (core, command) =>
  core !== undefined && hasProgram('taskset') ? ['taskset', '-c', String(core), ...command] : command;

/** Fields 14 and 15 of `/proc/pid/stat`: time in user and in kernel mode. */
export function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

export function residentBytes(pid) {
  return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1]) * 1024;
}

/** Two databases on one server, for a fleet and for none. */
export async function withFleetServers(work) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'kernelcast-bench-'));
  const [full, empty] = [await startPostgres(folder, 'full'), await startPostgres(folder, 'empty')];
  try {
    return await work({ folder, databaseUrl: full.url, emptyDatabaseUrl: empty.url, master: randomBytes(32) });
  } finally {
    await full.stop();
    await empty.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

async function startPostgres(folder, name) {
  const server = await startEmbeddedPostgres({ dataDir: path.join(folder, name) });
  await applyMigrations(server.url);
  return server;
}

const requestOf = (credential, etag) =>
  `GET ${POLL} HTTP/1.1\r\nHost: kernelcast\r\nAuthorization: Bearer ${credential}\r\nIf-None-Match: ${etag}\r\n\r\n`;

export async function startDelivery({ master, folder, databaseUrl, core, environment = {} }) {
  const begun = performance.now();
  const env = {
    PATH: process.env.PATH,
    DATABASE_URL: databaseUrl,
    KERNELCAST_STORE_DIR: path.join(folder, 'store'),
    KERNELCAST_MASTER_KEY: master.toString('base64url'),
    KERNELCAST_PORT: '0',
    KERNELCAST_HOST: '127.0.0.1',
    LOG_LEVEL: 'warn',
    ...environment,
  };
  await mkdir(env.KERNELCAST_STORE_DIR, { recursive: true });
  const [program, ...args] = pinned(core, [process.execPath, MAIN]);
  const child = spawn(program, args, { env, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const url = await new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message.url));
    child.once('exit', (code) => reject(new Error(`delivery ended with code ${code} before it was ready`)));
  });
  const metric = async (pattern) => Number(pattern.exec(await (await fetch(`${url}/metrics`)).text())?.[1] ?? 0);
  return {
    url,
    pid: child.pid,
    startSeconds: (performance.now() - begun) / 1000,
    counts: true,
    answered: () => metric(/^kernelcast_polls_total\{status="304".*\} (\d+)$/m),
    settled: () => settled(child.pid),
    requests: async (credentials) => {
      const etags = new Map();
      const requests = [];
      for (const [n, credential] of credentials.entries()) {
        // Devices of a group have one manifest; groups take turns.
        const group = n % 100;
        if (!etags.has(group)) etags.set(group, await etagOf(`${url}${POLL}`, credential));
        requests.push(requestOf(credential, etags.get(group)));
      }
      return requests;
    },
    stop: () => stop(child),
  };
}

async function etagOf(url, credential) {
  const answer = await fetch(url, { headers: { authorization: `Bearer ${credential}` } });
  if (answer.status !== 200) throw new Error(`a poll was answered ${answer.status}: ${await answer.text()}`);
  return answer.headers.get('etag');
}

/** One worker with the usual settings for static files, no log, and the file held open. */
const nginxConfig = (folder, port) => `
daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 4096; }
http {
  access_log off; sendfile on; tcp_nodelay on; keepalive_requests 1000000000; keepalive_timeout 75s;
  open_file_cache max=100; open_file_cache_valid 60s; server_tokens off; default_type application/json;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server { listen 127.0.0.1:${port}; root ${folder}/www; }
}`;

export async function startNginx({ folder, core }) {
  const root = path.join(folder, 'nginx');
  await mkdir(path.join(root, 'www/device/v1'), { recursive: true });
  await writeFile(path.join(root, `www${POLL}`), JSON.stringify({ payload: 'x'.repeat(600) }));
  const port = await freePort();
  await writeFile(path.join(root, 'nginx.conf'), nginxConfig(root, port));
  const [program, ...args] = pinned(core, ['nginx', '-p', root, '-c', path.join(root, 'nginx.conf')]);
  const child = spawn(program, args, { stdio: 'inherit' });
  const url = `http://127.0.0.1:${port}`;
  while (!(await fetch(url).catch(() => undefined))) await delay(50);
  const etag = (await fetch(`${url}${POLL}`)).headers.get('etag');
  const idle = await fetch(`${url}${POLL}`, { headers: { 'if-none-match': etag } });
  if (idle.status !== 304) throw new Error(`nginx answers ${idle.status}`);
  const worker = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ')[0];
  return {
    url,
    pid: Number(worker),
    counts: false,
    answered: async () => 0,
    requests: async (credentials) => credentials.map((credential) => requestOf(credential, etag)),
    stop: () => stop(child),
  };
}

/** Waits until the memory of a process stays: what the start left behind has been collected, or will not be. */
async function settled(pid) {
  for (let last = 0, now = residentBytes(pid), same = 0; same < 3; last = now, now = residentBytes(pid)) {
    await delay(1_000);
    same = Math.abs(now - last) < 1e6 ? same + 1 : 0;
  }
}

async function stop(child) {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}
