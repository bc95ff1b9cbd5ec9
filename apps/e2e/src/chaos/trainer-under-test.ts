import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import path from 'node:path';
import { childrenRunning } from '../support/processes.js';

const ENTRY = path.resolve(import.meta.dirname, '../../../trainer/dist/main.js');
const CHILD = 'kernelcast-training job_';
/** Before a trainer that ended by itself is started again, as a supervisor would do it. */
const RESTART_MS = 500;

/** A trainer in a process of its own, started again whenever it has ended. */
export class TrainerUnderTest {
  private process: ChildProcess | undefined;
  private ended: Promise<void> = Promise.resolve();
  private stopping = false;
  private killed = false;
  private restartMs = RESTART_MS;
  private restarting: NodeJS.Timeout | undefined;
  /** Times that it ended although nobody killed it. */
  exits = 0;

  constructor(
    private readonly environment: Readonly<Record<string, string>>,
    private readonly logFile: string,
  ) {
    this.start();
  }

  /** Ids of its training processes. */
  children(): number[] {
    return this.process?.pid === undefined ? [] : childrenRunning(this.process.pid, CHILD);
  }

  /** Whether there is something to kill. */
  get alive(): boolean {
    return this.process !== undefined;
  }

  /** Takes it down without a warning; it is started again after `downMs`. */
  kill(downMs: number): void {
    this.killed = true;
    this.restartMs = downMs;
    this.process?.kill('SIGKILL');
  }

  /** Ends it in order, for good. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.restarting);
    this.process?.kill('SIGTERM');
    await this.ended;
  }

  private start(): void {
    const log = openSync(this.logFile, 'a');
    const env = { PATH: process.env['PATH'], ...this.environment };
    const child = spawn(process.execPath, [ENTRY], { env, stdio: ['ignore', log, log] });
    closeSync(log);
    this.process = child;
    this.ended = new Promise((resolve) => {
      child.once('close', () => {
        this.process = undefined;
        resolve();
        this.afterEnd();
      });
    });
  }

  private afterEnd(): void {
    if (this.stopping) return;
    if (!this.killed) this.exits++;
    const waitMs = this.restartMs;
    this.killed = false;
    this.restartMs = RESTART_MS;
    this.restarting = setTimeout(() => this.start(), waitMs);
  }
}
