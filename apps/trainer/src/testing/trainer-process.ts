import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import path from 'node:path';
import { BUILT } from './attempt-tools.js';
import type { TrainingFixture } from './training-fixture.js';

/** A trainer as it runs in production: the built program in a process of its own. */
export class TrainerProcess {
  private constructor(
    private readonly process: ChildProcess,
    readonly url: string,
    /** Exit code and signal, when it has ended. */
    readonly ended: Promise<{ code: number | null; signal: string | null }>,
  ) {}

  static async start(fixture: TrainingFixture, environment: Record<string, string> = {}): Promise<TrainerProcess> {
    const child = spawn(process.execPath, [path.join(BUILT, 'main.js')], {
      env: {
        PATH: process.env['PATH'],
        DATABASE_URL: fixture.databaseUrl,
        KERNELCAST_STORE_DIR: fixture.objectFolder,
        KERNELCAST_CACHE_DIR: path.join(fixture.folder, 'cache'),
        KERNELCAST_TRAINER_CONCURRENCY: '1',
        KERNELCAST_CHECKPOINT_INTERVAL_MS: '200',
        // So that its children are those that train.
        KERNELCAST_WARM_PROCESS: 'false',
        ...environment,
      },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
    return new TrainerProcess(child, await readyUrl(child, ended), ended);
  }

  kill(signal: 'SIGKILL' | 'SIGTERM'): void {
    this.process.kill(signal);
  }

  /** Ids of the training processes under it, which only Linux tells. */
  children(): number[] {
    const { pid } = this.process;
    const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
    return list.split(' ').filter(Boolean).map(Number);
  }
}

/** Waits for the log line that says `ready`; every line is read, so that a full pipe never holds up the trainer. */
function readyUrl(child: ChildProcess, ended: Promise<unknown>): Promise<string> {
  return new Promise((resolve, reject) => {
    const lines: string[] = [];
    if (child.stdout)
      createInterface({ input: child.stdout }).on('line', (line) => {
        lines.push(line);
        const { msg, url } = JSON.parse(line) as { msg: string; url: string };
        if (msg === 'ready') resolve(url);
      });
    void ended.then(() => reject(new Error(`The trainer did not start:\n${lines.join('\n')}`)));
  });
}
