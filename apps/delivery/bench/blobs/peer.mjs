import { spawn, spawnSync } from 'node:child_process';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@kernelcast/platform';

/** One process that sends files by sendfile, without a log and with its files held open. */
const configOf = (root, port) => `
daemon off; master_process off; pid ${root}/nginx.pid; error_log ${root}/error.log;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 1024; }
http {
  access_log off; sendfile on; tcp_nopush on; tcp_nodelay on; keepalive_requests 1000000000; keepalive_timeout 75s;
  open_file_cache max=100; open_file_cache_valid 60s; default_type application/octet-stream;
  client_body_temp_path ${root}/body; proxy_temp_path ${root}/proxy; fastcgi_temp_path ${root}/fastcgi;
  uwsgi_temp_path ${root}/uwsgi; scgi_temp_path ${root}/scgi;
  server { listen 127.0.0.1:${port}; root ${root}/www; }
}`;

/** @param files paths by name */
export async function startNginx(folder, core, files) {
  const root = path.join(folder, 'nginx');
  await mkdir(path.join(root, 'www'), { recursive: true });
  for (const [name, file] of Object.entries(files)) await copyFile(file, path.join(root, 'www', name));
  const port = await freePort();
  const config = path.join(root, 'nginx.conf');
  await writeFile(config, configOf(root, port));
  const child = spawn('taskset', ['-c', core, 'nginx', '-p', root, '-c', config], { stdio: 'inherit' });
  const url = `http://127.0.0.1:${port}`;
  while (!(await fetch(url).catch(() => undefined))) await delay(50);
  const stop = () =>
    new Promise((resolve) => {
      child.once('exit', resolve);
      child.kill('SIGTERM');
    });
  return { url, pid: child.pid, stop };
}

const UNITS = { K: 1024, M: 1024 ** 2, G: 1024 ** 3 };

/** Heads count as well, downloads that are under way at the end by what came of them. @returns bytes in all and a second; throws unless every answer was a success */
export function load({ url, headers, connections, seconds, core }) {
  const given = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
  const wrk = ['wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--timeout', '60s', ...given, url];
  const { stdout, stderr, status } = spawnSync('taskset', ['-c', core, ...wrk], { encoding: 'utf8' });
  const [, took, read, unit] = / requests in ([\d.]+)s, ([\d.]+)([KMG])B read/.exec(stdout) ?? [];
  const bytes = Number(read) * UNITS[unit];
  if (status !== 0 || !(bytes > 0) || /Non-2xx|Socket errors/.test(stdout)) throw new Error(`wrk: ${stdout}${stderr}`);
  return { bytes, bytesPerSecond: bytes / Number(took) };
}
