import { describeReport, faultsOf } from './chaos-report.js';
import { runChaos } from './chaos-run.js';

/** The short form kills a few times; `npm run soak:training` sets these. */
const KILLS = Number(process.env['KERNELCAST_CHAOS_KILLS'] ?? 3);
const SEED = Number(process.env['KERNELCAST_CHAOS_SEED'] ?? 1);
const ONLY = process.env['KERNELCAST_CHAOS_QUEUE'];
const QUEUES = (['postgres', 'redis'] as const).filter((queue) => ONLY === undefined || queue === ONLY);
/** Start, undisturbed jobs and the last ones; and for each kill what it may cost at most. */
const BASE_MS = 600_000;
const KILL_MS = 60_000;

const say = (text: string): void => {
  if (process.env['KERNELCAST_CHAOS_KILLS'] !== undefined) process.stdout.write(`  ${text}\n`);
};

describe('a queue of training jobs whose trainers, training processes and servers are killed', () => {
  it.each(QUEUES)(
    'loses no job, doubles none, and gives the digests of undisturbed runs: queue in %s',
    async (queue) => {
      const report = await runChaos({ kills: KILLS, seed: SEED, queue, say });
      say(`${queue}, seed ${SEED}: ${describeReport(report)}`);
      expect(faultsOf(report)).toEqual([]);
      expect(Object.values(report.hits).reduce((sum, count) => sum + count, 0)).toBe(KILLS);
      expect(report.outcomes.jobs.length).toBeGreaterThan(report.undisturbed);
    },
    BASE_MS + KILLS * KILL_MS,
  );
});
