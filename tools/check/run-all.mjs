// `npm test`: types, lint with module boundaries, format, the device SDK's size, dead code, then all test tiers. Every
// check runs even when an earlier one failed; the last line counts the tests.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ensureSystemPackages } from './system-packages.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const bin = (name) => path.join(root, 'node_modules', name);
const started = performance.now();
const failures = [];
mkdirSync(path.join(root, 'tmp'), { recursive: true });

const env = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', FORCE_COLOR: process.env.FORCE_COLOR ?? '0' };
/** Runs a check. What it prints comes at once, or when it has ended if it runs beside others (`apart`). */
const run = async (title, args, { apart = false } = {}) => {
  const from = performance.now();
  if (!apart) console.log(`\n── ${title}`);
  const printed = [];
  const status = await new Promise((resolve, reject) => {
    const stdio = apart ? ['ignore', 'pipe', 'pipe'] : ['ignore', 'inherit', 'inherit'];
    const child = spawn(process.execPath, args, { cwd: root, stdio, env });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => printed.push(chunk));
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (apart) console.log(`\n── ${title}\n${Buffer.concat(printed).toString().trimEnd()}`);
  console.log(`── ${title}: ${status === 0 ? 'ok' : 'FAILED'}, ${((performance.now() - from) / 1000).toFixed(1)} s`);
  if (status !== 0) failures.push(title);
  return status === 0;
};

/** Runs one tier and returns its counts. */
const tier = async (name, pattern, { options = [], apart = false } = {}) => {
  const file = path.join(root, 'tmp', `${name}.json`);
  rmSync(file, { force: true });
  const jest = [path.join(root, 'tools/check/jest.mjs'), '--testPathPatterns', pattern, ...options];
  await run(`${name} tests`, [...jest, '--json', '--outputFile', file, '--silent=false'], { apart });
  try {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(file, 'utf8'));
    return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests };
  } catch {
    failures.push(`${name} tests gave no result`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
};

/** Runs checks of one thread each, two at a time. */
const inPairs = async (checks) => {
  const waiting = [...checks];
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) await run(...next, { apart: true });
  };
  await Promise.all([worker(), worker()]);
};

ensureSystemPackages();
const build = [bin('nx/dist/bin/nx.js'), 'run-many', '-t', 'build', '--outputStyle=static'];
if (!(await run('build', build))) process.exit(1);
await inPairs([
  ['types', [bin('typescript/bin/tsc'), '-p', 'tsconfig.json']],
  ['lint and module boundaries', [bin('eslint/bin/eslint.js'), '.', '--max-warnings', '0']],
  ['format', [bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.']],
  ['types of the dashboard', [bin('typescript/bin/tsc'), '-p', 'apps/dashboard/tsconfig.json']],
  ['size of the device SDK', [path.join(root, 'tools/check/device-bundle.mjs')]],
  ['dead code', [bin('knip/bin/knip.js'), '--no-config-hints']],
]);

const tiers = [
  await tier('unit', '(?<!\\.(int|e2e))\\.spec\\.tsx?$'),
  await tier('integration', '\\.int\\.spec\\.ts$'),
  // One after the other: each starts the whole product, and stops and starts it again on the same ports.
  await tier('end-to-end', '\\.e2e\\.spec\\.ts$', { options: ['--maxWorkers=1'] }),
];
const sum = (key) => tiers.reduce((total, counts) => total + counts[key], 0);
console.log(
  `\n${((performance.now() - started) / 1000).toFixed(0)} s${failures.length ? `; failed: ${failures.join(', ')}` : ''}`,
);
console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
process.exit(failures.length > 0 || sum('passed') === 0 ? 1 : 0);
