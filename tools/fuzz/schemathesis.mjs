// Schemathesis (https://schemathesis.readthedocs.io) against a running registry with an embedded Postgres, as each role:
// no server error, no answer that its contract does not know, no request let through that it forbids.
//   node tools/fuzz/schemathesis.mjs [--examples N] [--seconds N] [--roles admin,viewer] [--optional]
// `--optional` ends well where Python or PyPI cannot be reached. Reports lie in tmp/schemathesis/.
import { spawn, spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';

const VERSION = '4.32.5';
const ROLES = ['viewer', 'trainer', 'approver', 'operator', 'admin'];
const INSTALL_TIMEOUT_MS = 120_000;
const root = path.resolve(import.meta.dirname, '../..');
const venv = path.join(root, 'tmp/schemathesis-venv');
const program = path.join(venv, 'bin/schemathesis');
const reports = path.join(root, 'tmp/schemathesis');

const { values: options } = parseArgs({
  options: {
    examples: { type: 'string', default: '50' },
    seconds: { type: 'string' },
    roles: { type: 'string', default: ROLES.join() },
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

const startRegistry = async (folder) => {
  const { freePort, startEmbeddedPostgres } = await import('@kernelcast/platform');
  const postgres = await startEmbeddedPostgres({ dataDir: path.join(folder, 'postgres') });
  const key = `kc_${randomBytes(32).toString('base64url')}`;
  const port = await freePort();
  const env = {
    ...process.env,
    DATABASE_URL: postgres.url,
    KERNELCAST_HOST: '127.0.0.1',
    KERNELCAST_PORT: String(port),
    KERNELCAST_STORE_DIR: path.join(folder, 'store'),
    KERNELCAST_MASTER_KEY: randomBytes(32).toString('base64url'),
    KERNELCAST_BOOTSTRAP_API_KEY: key,
    KERNELCAST_CHECK_RESPONSES: '1',
    KERNELCAST_RATE_LIMIT_PER_MINUTE: '0',
    KERNELCAST_RATE_LIMIT_ADDRESS_PER_MINUTE: '0',
    LOG_LEVEL: 'error',
  };
  const child = spawn(process.execPath, [path.join(root, 'apps/registry/dist/main.js')], { env, stdio: 'inherit' });
  const stop = async () => {
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    await gone;
    await postgres.stop();
  };
  const url = `http://127.0.0.1:${port}`;
  await until('the registry', async () => (await fetch(`${url}/readyz`)).ok);
  return { url, key, stop };
};

const keyOf = async ({ url, key }, role) => {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const answer = await fetch(`${url}/v1/api-keys`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ name: role, role }),
  });
  if (!answer.ok) throw new Error(`no key for ${role}: ${await answer.text()}`);
  return (await answer.json()).secret;
};

/** @returns whether all checks passed */
const fuzz = (url, role, key) => {
  const args = ['--config-file', path.join(root, 'tools/fuzz/schemathesis.toml'), 'run', `${url}/openapi.json`];
  args.push('--header', `Authorization: Bearer ${key}`, '--checks', 'all', '--seed', '1', '--no-color');
  args.push('--max-examples', options.examples, '--continue-on-failure', '--suppress-health-check', 'all');
  args.push('--report', 'junit', '--report-junit-path', path.join(reports, `${role}.xml`), '--warnings', 'off');
  if (options.seconds) args.push('--max-time', options.seconds);
  console.log(`\nas ${role}`);
  return new Promise((resolve) => {
    const env = { ...process.env, SCHEMATHESIS_HOOKS: 'schemathesis_hooks', PYTHONPATH: import.meta.dirname };
    spawn(program, args, { cwd: reports, stdio: 'inherit', env }).once('exit', (code) => resolve(code === 0));
  });
};

if (!installed()) {
  console.log(`Schemathesis ${VERSION} cannot be installed: is there Python, and can PyPI be reached? Skipped.`);
  process.exit(options.optional ? 0 : 1);
}
build();
mkdirSync(reports, { recursive: true });
const folder = await mkdtemp(path.join(os.tmpdir(), 'kernelcast-fuzz-'));
const registry = await startRegistry(folder);
try {
  const failed = [];
  for (const role of options.roles.split(',')) {
    if (!(await fuzz(registry.url, role, await keyOf(registry, role)))) failed.push(role);
  }
  console.log(failed.length === 0 ? '\nAll checks passed.' : `\nChecks failed as ${failed.join(', ')}.`);
  process.exitCode = failed.length === 0 ? 0 : 1;
} finally {
  await registry.stop();
  await rm(folder, { recursive: true, force: true });
}
