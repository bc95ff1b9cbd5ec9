// Kills trainers, their training processes and the servers at random moments, and checks that no job is lost, doubled or
// spoilt: `npm run soak:training -- --kills 50 --seed 1 [--queue postgres|redis]`. The same seed gives the same plan.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { parseArgs } from 'node:util';

const root = path.resolve(import.meta.dirname, '../..');
const MAX_KILLS = 1000;
/** The trainer and all it is made of. */
const PROJECTS = 'trainer,artifact,compute,contracts,database,km,nets,platform,queue,storage,training';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    queue: { type: 'string' },
  },
});
const [kills, seed] = [Number(values.kills), Number(values.seed)];
if (!(Number.isInteger(kills) && kills > 0 && kills <= MAX_KILLS)) throw new Error(`--kills takes 1 to ${MAX_KILLS}`);
if (!(Number.isInteger(seed) && seed >= 0)) throw new Error('--seed takes a natural number');
if (values.queue !== undefined && !['postgres', 'redis'].includes(values.queue))
  throw new Error('--queue takes postgres or redis');

const run = (args, environment = {}) => {
  const result = spawnSync(process.execPath, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  });
  if (result.status !== 0) process.exit(result.status ?? 1);
};
run([
  createRequire(import.meta.url).resolve('nx/bin/nx.js'),
  'run-many',
  '-t',
  'build',
  '-p',
  PROJECTS,
  '--outputStyle=static',
]);
run([path.join(root, 'tools/check/jest.mjs'), 'apps/e2e/src/chaos/training-chaos.e2e.spec.ts'], {
  KERNELCAST_CHAOS_KILLS: String(kills),
  KERNELCAST_CHAOS_SEED: String(seed),
  ...(values.queue !== undefined && { KERNELCAST_CHAOS_QUEUE: values.queue }),
});
