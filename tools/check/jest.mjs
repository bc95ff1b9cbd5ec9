// Runs jest with the flags our ESM sources need. Arguments: paths or jest options; the default is every spec.
// A path is taken relative to the caller, so `npx nx test km` and `npm test -w libs/km` test that project alone.
import { spawnSync } from 'node:child_process';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '../..');
const args = process.argv
  .slice(2)
  .map((a) => (a === '.' || a.startsWith('./') ? path.relative(root, path.resolve(a)) + '/' : a));
const result = spawnSync(
  process.execPath,
  ['--experimental-vm-modules', '--no-warnings', path.join(root, 'node_modules/jest/bin/jest.js'), ...args],
  {
    cwd: root,
    stdio: 'inherit',
  },
);
process.exit(result.status ?? 1);
