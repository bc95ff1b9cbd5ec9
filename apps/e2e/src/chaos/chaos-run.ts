import path from 'node:path';
import { waitFor, tempDir } from '@kernelcast/testing';
import { ChaosJobs } from './chaos-jobs.js';
import { planChaos, type Moment, type Victim } from './chaos-plan.js';
import { startFalliblePostgres, startFallibleRedis, type FallibleServer } from './chaos-servers.js';
import { TrainerUnderTest } from './trainer-under-test.js';

export interface ChaosOptions {
  readonly kills: number;
  readonly seed: number;
  readonly queue: 'postgres' | 'redis';
  /** Told what happens, for people who watch. */
  readonly say?: (text: string) => void;
}

export type ChaosOutcomes = Awaited<ReturnType<ChaosJobs['outcomes']>>;

export interface ChaosReport {
  /** By victim: how often it was hit. */
  readonly hits: Readonly<Partial<Record<Victim, number>>>;
  /** Jobs that nothing disturbed, the first of all. */
  readonly undisturbed: number;
  readonly outcomes: ChaosOutcomes;
  /** Times a trainer ended although nobody had killed it. */
  readonly exits: number;
  readonly seconds: number;
}

const TRAINERS = 2;
/** Until the last jobs have ended: the time of a takeover for each, and some training. */
const CALM_MS = 300_000;
/** A moment waits for what it is meant for: after a kill, that may take a takeover and two starts. */
const PATIENCE_MS = 180_000;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The whole of training on servers of its own, of which each part can be killed. */
class TrainingUnderChaos {
  private readonly hits: Partial<Record<Victim, number>> = {};

  constructor(
    private readonly parts: {
      readonly jobs: ChaosJobs;
      readonly trainers: readonly TrainerUnderTest[];
      readonly servers: Readonly<Partial<Record<Victim, FallibleServer>>>;
      readonly say: (text: string) => void;
    },
  ) {}

  async run(plan: readonly Moment[]): Promise<ChaosReport> {
    const { jobs, trainers, say } = this.parts;
    const startedAt = performance.now();
    await jobs.submitAll();
    await this.untilAllEnded();
    const undisturbed = jobs.submitted;
    say(`${undisturbed} jobs undisturbed, ${seconds(startedAt)} s`);
    for (const [index, moment] of plan.entries()) {
      // There is always work in the line, and never more of it than there are moments left.
      if (await this.idle()) await jobs.submitAll();
      await pause(moment.afterMs);
      await this.hit(moment);
      say(`${index + 1}/${plan.length} ${moment.victim}, ${seconds(startedAt)} s`);
    }
    await this.untilAllEnded();
    const exits = trainers.reduce((sum, trainer) => sum + trainer.exits, 0);
    return { hits: this.hits, undisturbed, outcomes: await jobs.outcomes(), exits, seconds: seconds(startedAt) };
  }

  private async hit({ victim, pick, downMs }: Moment): Promise<void> {
    const server = this.parts.servers[victim];
    if (server) await server.crash(downMs);
    else if (victim === 'child') await this.hitChild(pick);
    else await this.hitTrainer(pick, downMs);
    this.hits[victim] = (this.hits[victim] ?? 0) + 1;
  }

  private async hitTrainer(pick: number, downMs: number): Promise<void> {
    const { trainers } = this.parts;
    const find = () => nonEmpty(trainers.filter((trainer) => trainer.alive));
    const alive = await waitFor('a trainer to kill', find, PATIENCE_MS);
    alive[Math.floor(pick * alive.length)]?.kill(downMs);
  }

  private async hitChild(pick: number): Promise<void> {
    const { trainers, jobs } = this.parts;
    if (await this.idle()) await jobs.submitAll();
    const find = () => nonEmpty(trainers.flatMap((trainer) => trainer.children()));
    const children = await waitFor('a training process to kill', find, PATIENCE_MS);
    const child = children[Math.floor(pick * children.length)];
    if (child !== undefined) process.kill(child, 'SIGKILL');
  }

  private async idle(): Promise<boolean> {
    const { jobs } = this.parts;
    // A server that has just been started again may not answer yet.
    const waiting = await waitFor(
      'the database',
      async () => ({ count: jobs.submitted - (await jobs.ended()) }),
      CALM_MS,
    );
    return waiting.count <= 1;
  }

  private untilAllEnded(): Promise<unknown> {
    const { jobs } = this.parts;
    return waitFor('all jobs to end', async () => (await jobs.ended()) === jobs.submitted, CALM_MS);
  }
}

const seconds = (since: number): number => Math.round((performance.now() - since) / 1000);
const nonEmpty = <T>(list: readonly T[]): readonly T[] | undefined => (list.length > 0 ? list : undefined);

/** Trains a queue of small jobs while trainers, their training processes and the servers are killed by a seeded plan. */
export async function runChaos({ kills, seed, queue, say = () => undefined }: ChaosOptions): Promise<ChaosReport> {
  const folder = tempDir('chaos');
  const undo: (() => unknown)[] = [() => folder.remove()];
  try {
    const postgres = await startFalliblePostgres(path.join(folder.path, 'postgres'));
    undo.push(() => postgres.stop());
    const redis = queue === 'redis' ? await startFallibleRedis(tempFolder(undo)) : undefined;
    if (redis) undo.push(() => redis.stop());
    const objects = path.join(folder.path, 'objects');
    const jobs = await ChaosJobs.open({ databaseUrl: postgres.url, redisUrl: redis?.url, objects });
    undo.push(() => jobs.close());
    const environment = trainerEnvironment({ databaseUrl: postgres.url, redisUrl: redis?.url, folder: folder.path });
    const trainers = Array.from(
      { length: TRAINERS },
      (_, index) => new TrainerUnderTest(environment, path.join(folder.path, `trainer-${index}.log`)),
    );
    undo.push(() => Promise.all(trainers.map((trainer) => trainer.stop())));
    const servers = { postgres, ...(redis && { redis }) };
    return await new TrainingUnderChaos({ jobs, trainers, servers, say }).run(
      planChaos(kills, seed, queue === 'redis'),
    );
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

function tempFolder(undo: (() => unknown)[]): string {
  const folder = tempDir('chaos-redis');
  undo.push(() => folder.remove());
  return folder.path;
}

interface TrainerParts {
  readonly databaseUrl: string;
  readonly redisUrl: string | undefined;
  readonly folder: string;
}

const trainerEnvironment = ({ databaseUrl, redisUrl, folder }: TrainerParts): Record<string, string> => ({
  DATABASE_URL: databaseUrl,
  ...(redisUrl !== undefined && { REDIS_URL: redisUrl }),
  KERNELCAST_STORE_DIR: path.join(folder, 'objects'),
  // Shared, as trainers of one machine may do it.
  KERNELCAST_CACHE_DIR: path.join(folder, 'cache'),
  KERNELCAST_BACKEND: 'wasm',
  KERNELCAST_TRAINER_CONCURRENCY: '1',
  KERNELCAST_TRAINER_THREADS: '1',
  KERNELCAST_CHECKPOINT_STEPS: '3',
  // Here the trainers are to blame, not the jobs.
  KERNELCAST_JOB_ATTEMPTS: '1000',
});
