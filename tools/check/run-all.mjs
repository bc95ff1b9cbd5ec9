// `npm test`: format, lint with module boundaries, types, dead code, the device SDK's size, then all test tiers. Every check runs even
// when an earlier one failed; the last line counts the tests.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { ensureSystemPackages } from './system-packages.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const bin = (name) => path.join(root, 'node_modules', name);
const started = performance.now();
const failures = [];
mkdirSync(path.join(root, 'tmp'), { recursive: true });

const env = { ...process.env, NX_DAEMON: 'false', NX_TUI: 'false', FORCE_COLOR: process.env.FORCE_COLOR ?? '0' };
const run = (title, ...args) => {
  const from = performance.now();
  console.log(`\n── ${title}`);
  const { status } = spawnSync(process.execPath, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'], env });
  console.log(`── ${title}: ${status === 0 ? 'ok' : 'FAILED'}, ${((performance.now() - from) / 1000).toFixed(1)} s`);
  if (status !== 0) failures.push(title);
  return status === 0;
};

/** Runs one tier and returns its counts. */
const tier = (name, pattern, ...options) => {
  const file = path.join(root, 'tmp', `${name}.json`);
  rmSync(file, { force: true });
  run(
    `${name} tests`,
    path.join(root, 'tools/check/jest.mjs'),
    '--testPathPatterns',
    pattern,
    ...options,
    '--json',
    '--outputFile',
    file,
    '--silent=false',
  );
  try {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(file, 'utf8'));
    return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests };
  } catch {
    failures.push(`${name} tests gave no result`);
    return { passed: 0, failed: 1, skipped: 0 };
  }
};

ensureSystemPackages();
if (!run('build', bin('nx/dist/bin/nx.js'), 'run-many', '-t', 'build', '--outputStyle=static')) process.exit(1);
run('format', bin('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.');
run('lint and module boundaries', bin('eslint/bin/eslint.js'), '.', '--max-warnings', '0');
run('types', bin('typescript/bin/tsc'), '-p', 'tsconfig.json');
run('types of the dashboard', bin('typescript/bin/tsc'), '-p', 'apps/dashboard/tsconfig.json');
run('size of the device SDK', path.join(root, 'tools/check/device-bundle.mjs'));
run('dead code', bin('knip/bin/knip.js'), '--no-config-hints');

const tiers = [
  tier('unit', '(?<!\\.(int|e2e))\\.spec\\.tsx?$'),
  tier('integration', '\\.int\\.spec\\.ts$'),
  // One after the other: each starts the whole product, and stops and starts it again on the same ports.
  tier('end-to-end', '\\.e2e\\.spec\\.ts$', '--maxWorkers=1'),
];
const sum = (key) => tiers.reduce((total, counts) => total + counts[key], 0);
console.log(
  `\n${((performance.now() - started) / 1000).toFixed(0)} s${failures.length ? `; failed: ${failures.join(', ')}` : ''}`,
);
console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`);
process.exit(failures.length > 0 || sum('passed') === 0 ? 1 : 0);
