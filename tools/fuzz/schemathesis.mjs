// Schemathesis (https://schemathesis.readthedocs.io) against a running registry with an embedded Postgres, as each role,
// as an admin of the installation and as nobody: no server error, no answer that its contract does not know, no request
// let through that it forbids.
//   node tools/fuzz/schemathesis.mjs [--examples N] [--seconds N] [--seed N] [--roles admin,viewer] [--optional]
// `--optional` ends well where Python or PyPI cannot be reached. Reports lie in tmp/schemathesis/.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { printTable, resultOf } from './results.mjs';

const VERSION = '4.32.5';
const ROLES = ['viewer', 'trainer', 'approver', 'operator', 'admin'];
/** Without a credential; and with the key that may act in every project. */
const OTHERS = ['nobody', 'installation'];
const INSTALL_TIMEOUT_MS = 120_000;
const root = path.resolve(import.meta.dirname, '../..');
const venv = path.join(root, 'tmp/schemathesis-venv');
const program = path.join(venv, 'bin/schemathesis');
const reports = path.join(root, 'tmp/schemathesis');

const { values: options } = parseArgs({
  options: {
    examples: { type: 'string', default: '50' },
    seconds: { type: 'string' },
    seed: { type: 'string', default: '1' },
    roles: { type: 'string', default: [...ROLES, ...OTHERS].join() },
    optional: { type: 'boolean', default: false },
  },
});

const run = (command, args, settings = {}) => spawnSync(command, args, { cwd: root, encoding: 'utf8', ...settings });

const installed = () => {
  if (existsSync(program) && run(program, ['--version']).stdout.includes(VERSION)) return true;
  if (run('python3', ['-m', 'venv', venv]).status !== 0) return false;
  const args = ['install', '--quiet', '--disable-pip-version-check', `schemathesis==${VERSION}`];
  return run(path.join(venv, 'bin/pip'), args, { timeout: INSTALL_TIMEOUT_MS, stdio: 'inherit' }).status === 0;
};

const build = () => {
  const nx = createRequire(import.meta.url).resolve('nx/bin/nx.js');
  const result = run(process.execPath, [nx, 'run-many', '-t', 'build', '--outputStyle=static']);
  if (result.status !== 0) throw new Error(`The build failed:\n${result.stdout}${result.stderr}`);
};

const until = async (what, works) => {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (await works().catch(() => false)) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${what} did not start`);
};

const startPlatform = async (folder) => {
  const { freePort, startEmbeddedPostgres } = await import('@kernelcast/platform');
  const postgres = await startEmbeddedPostgres({ dataDir: path.join(folder, 'postgres') });
  const key = `kc_${randomBytes(32).toString('base64url')}`;
  const [port, deliveryPort, eventsPort] = [await freePort(), await freePort(), await freePort()];
  const common = {
    ...process.env,
    DATABASE_URL: postgres.url,
    KERNELCAST_HOST: '127.0.0.1',
    KERNELCAST_STORE_DIR: path.join(folder, 'store'),
    KERNELCAST_MASTER_KEY: randomBytes(32).toString('base64url'),
    KERNELCAST_EVENTS_PORT: String(eventsPort),
    LOG_LEVEL: 'error',
  };
  const start = (app, env) => {
    const main = path.join(root, 'apps', app, 'dist/main.js');
    return spawn(process.execPath, [main], { env: { ...common, ...env }, stdio: 'inherit' });
  };
  const registry = start('registry', {
    KERNELCAST_PORT: String(port),
    KERNELCAST_BOOTSTRAP_API_KEY: key,
    KERNELCAST_CHECK_RESPONSES: '1',
    KERNELCAST_RATE_LIMIT_PER_MINUTE: '0',
    KERNELCAST_RATE_LIMIT_ADDRESS_PER_MINUTE: '0',
  });
  const url = `http://127.0.0.1:${port}`;
  await until('the registry', async () => (await fetch(`${url}/readyz`)).ok);
  // It signs the manifests of offline bundles.
  const delivery = start('delivery', { KERNELCAST_PORT: String(deliveryPort) });
  await until('delivery', async () => (await fetch(`http://127.0.0.1:${deliveryPort}/readyz`)).ok);
  const stop = async () => {
    for (const child of [registry, delivery]) {
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await gone;
    }
    await postgres.stop();
  };
  return { url, key, stop };
};

const keyOf = async ({ url, key }, role) => {
  if (role === 'nobody') return undefined;
  if (role === 'installation') return key;
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const body = JSON.stringify({ name: role, role });
  const answer = await fetch(`${url}/v1/api-keys`, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(`no key for ${role}: ${await answer.text()}`);
  return (await answer.json()).secret;
};

const argumentsFor = (url, role, key) => [
  ...['--config-file', path.join(root, 'tools/fuzz/schemathesis.toml'), 'run', `${url}/openapi.json`],
  ...(key === undefined ? [] : ['--header', `Authorization: Bearer ${key}`]),
  ...['--checks', 'all', '--seed', options.seed, '--no-color', '--warnings', 'off'],
  ...['--max-examples', options.examples, '--continue-on-failure', '--suppress-health-check', 'all'],
  ...['--report', 'junit,json', '--report-junit-path', path.join(reports, `${role}.xml`)],
  ...['--report-json-path', path.join(reports, `${role}.json`)],
  ...(options.seconds ? ['--max-time', options.seconds] : []),
];

/** @returns what {@link printTable} shows of a run */
const fuzz = async (url, role, key) => {
  console.log(`\nas ${role}, seed ${options.seed}`);
  rmSync(path.join(reports, `${role}.json`), { force: true });
  const env = { ...process.env, SCHEMATHESIS_HOOKS: 'schemathesis_hooks', PYTHONPATH: import.meta.dirname };
  const child = spawn(program, argumentsFor(url, role, key), { cwd: reports, stdio: 'inherit', env });
  const [code] = await once(child, 'exit');
  return resultOf(role, code, path.join(reports, `${role}.json`));
};

if (!installed()) {
  console.log(`Schemathesis ${VERSION} cannot be installed: is there Python, and can PyPI be reached? Skipped.`);
  process.exit(options.optional ? 0 : 1);
}
build();
mkdirSync(reports, { recursive: true });
const folder = await mkdtemp(path.join(os.tmpdir(), 'kernelcast-fuzz-'));
const registry = await startPlatform(folder);
try {
  // An admin of the installation may archive the project, after which the others could do little: it comes last.
  const roles = options.roles.split(',').sort((a, b) => Number(a === 'installation') - Number(b === 'installation'));
  const results = [];
  for (const role of roles) results.push(await fuzz(registry.url, role, await keyOf(registry, role)));
  printTable(results, options);
  process.exitCode = results.every(({ passed }) => passed) ? 0 : 1;
} finally {
  await registry.stop();
  await rm(folder, { recursive: true, force: true });
}
