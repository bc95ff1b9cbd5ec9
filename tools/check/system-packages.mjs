// Servers and programs that the tests need beside npm packages.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const NEEDED = [
  { program: '/usr/bin/redis-server', debian: 'redis-server', why: 'the queue and its tests in Redis mode' },
  { program: '/usr/bin/chromium', debian: 'chromium', why: 'the tests of the dashboard' },
];

/** Installs what is missing with apt when this is root on Debian; throws with what to do otherwise. */
export const ensureSystemPackages = () => {
  const missing = NEEDED.filter(({ program }) => !existsSync(program));
  if (missing.length === 0) return;
  const names = missing.map(({ debian }) => debian);
  const reasons = missing.map(({ debian, why }) => `  ${debian}: ${why}`).join('\n');
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new Error(
      `The tests need these programs:\n${reasons}\nInstall them, e.g. sudo apt-get install ${names.join(' ')}`,
    );
  }
  console.log(`installing ${names.join(', ')}`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) =>
    spawnSync('apt-get', ['-qq', ...args], { stdio: ['ignore', 'ignore', 'inherit'], env }).status === 0;
  if (!apt('update') || !apt('install', '-y', '--no-install-recommends', ...names)) {
    throw new Error(`apt-get could not install:\n${reasons}`);
  }
};
