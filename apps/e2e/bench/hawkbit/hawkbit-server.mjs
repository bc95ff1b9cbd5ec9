// Eclipse hawkBit: started from its jar on Postgres, with as many targets as the fleet has devices.
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, startEmbeddedPostgres } from '@kernelcast/platform';
import { SERVER_CORE } from './cores.mjs';

const START_LIMIT_MS = 300_000;
const LOOK_AGAIN_MS = 1_000;
/** Targets of one request. */
const BATCH = 100;

/** The management API; user and password as a fresh hawkBit has them unless others are given. */
function managementOf(url, login) {
  const authorization = `Basic ${Buffer.from(login).toString('base64')}`;
  return async (method, route, body) => {
    const headers = { authorization, accept: 'application/json', ...(body && { 'content-type': 'application/json' }) };
    const response = await fetch(`${url}/rest/v1${route}`, { method, headers, body: body && JSON.stringify(body) });
    if (!response.ok) throw new Error(`hawkBit: ${method} ${route}: ${response.status} ${await response.text()}`);
    return response.status === 204 ? undefined : response.json();
  };
}

/** Polls of as many targets, each with a token of its own. */
async function pollsOf(url, call, devices) {
  await call('PUT', '/system/configs/authentication.targettoken.enabled', { value: true });
  const targets = [];
  for (let from = 0; from < devices; from += BATCH) {
    const order = Array.from({ length: Math.min(BATCH, devices - from) }, (_, i) => {
      const controllerId = `bench-${from + i}`;
      return { controllerId, name: controllerId, securityToken: `token-of-bench-${from + i}` };
    });
    targets.push(...(await call('POST', '/targets', order)));
  }
  const { host } = new URL(url);
  return targets.map(
    ({ controllerId, securityToken }) =>
      `GET /default/controller/v1/${controllerId} HTTP/1.1\r\nHost: ${host}\r\nAuthorization: TargetToken ${securityToken}\r\nAccept: application/hal+json\r\n\r\n`, // prettier-ignore
  );
}

/** @param url of one that runs already, pinned to its core by whoever started it */
export async function useRunning({ url, login, devices }, use) {
  return use({ url, requests: await pollsOf(url, managementOf(url, login), devices) });
}

/** Starts the jar on a Postgres of its own, and on the servers' core. */
export async function withHawkbit({ jar, java, folder, login, devices }, use) {
  const postgres = await startEmbeddedPostgres({ dataDir: path.join(folder, 'hawkbit-postgres') });
  const { hostname, port: postgresPort, pathname, username, password } = new URL(postgres.url);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const settings = {
    'server.port': port,
    'spring.profiles.active': 'postgresql',
    'spring.datasource.url': `jdbc:postgresql://${hostname}:${postgresPort}${pathname}?stringtype=unspecified`,
    'spring.datasource.username': decodeURIComponent(username),
    'spring.datasource.password': decodeURIComponent(password),
    'hawkbit.dmf.rabbitmq.enabled': false,
    // Made against floods from one address, which a benchmark is.
    'hawkbit.server.security.dos.filter.enabled': false,
  };
  const args = Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
  const child = spawn('taskset', ['-c', String(SERVER_CORE), java, '-jar', path.resolve(jar), ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] }); // prettier-ignore
  const logFile = createWriteStream(path.join(folder, 'hawkbit.log'));
  let last = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => (last = `${last}${data}`.slice(-4_000)));
    stream.pipe(logFile, { end: false });
  }
  const gone = new Promise((resolve) => child.once('exit', resolve));
  try {
    const call = managementOf(url, login);
    await ready(call, gone, () => last);
    return await use({ url, requests: await pollsOf(url, call, devices) });
  } finally {
    child.kill('SIGTERM');
    await gone;
    await postgres.stop();
  }
}

async function ready(call, gone, log) {
  let ended = false;
  void gone.then(() => (ended = true));
  const deadline = Date.now() + START_LIMIT_MS;
  for (;;) {
    const failure = await call('GET', '/targets?limit=1').then(
      () => undefined,
      (error) => error,
    );
    if (!failure) return;
    if (ended || Date.now() > deadline) throw new Error(`hawkBit did not start (${failure.message}):\n${log()}`);
    await sleep(LOOK_AGAIN_MS);
  }
}
