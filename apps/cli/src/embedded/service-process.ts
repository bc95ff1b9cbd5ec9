import { fork, type ChildProcess } from 'node:child_process';
import { createWriteStream, type WriteStream } from 'node:fs';
import { z } from 'zod';

export interface ServiceSpec {
  name: string;
  /** Script to run. */
  script: string;
  env: Record<string, string>;
  logFile: string;
  /** Told of crashes and restarts. */
  onNotice: (text: string) => void;
}

/** How long a service may take to listen, and to stop before it is killed. */
const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;
const RESTART_DELAY_MS = 500;
const RESTART_DELAY_MAX_MS = 15_000;
/** A service that lived this long starts again without the delay earlier crashes earned. */
const STABLE_MS = 60_000;

const readySchema = z.object({ type: z.literal('ready'), url: z.string() });

/** Only what a service needs: the caller's environment may hold secrets that are none of its business. */
const INHERITED = ['PATH', 'HOME', 'TMPDIR', 'TZ', 'LANG', 'NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS'];
const inheritedEnv = () =>
  Object.fromEntries(INHERITED.flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])));

/** One service in a process of its own, started again when it dies unasked. */
export class ServiceProcess {
  private child: ChildProcess | undefined;
  private log: WriteStream | undefined;
  private stopping = false;
  private delay = RESTART_DELAY_MS;

  constructor(private readonly spec: ServiceSpec) {}

  /**
   * Starts the service and waits until it listens.
   *
   * @returns its base URL
   * @throws Error when it exits first or does not listen in time; the log file says why.
   */
  async start(): Promise<string> {
    this.log ??= createWriteStream(this.spec.logFile, { flags: 'a' });
    const startedAt = Date.now();
    const child = fork(this.spec.script, {
      env: { ...inheritedEnv(), ...this.spec.env },
      execArgv: ['--enable-source-maps', '--no-warnings'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // A process group of its own: Ctrl-C in the terminal must reach only this process, which stops all in order.
      detached: true,
    });
    this.child = child;
    child.stdout?.pipe(this.log, { end: false });
    child.stderr?.pipe(this.log, { end: false });
    const url = await this.whenReady(child);
    child.once('exit', (code, signal) => void this.restart(code ?? signal, Date.now() - startedAt));
    return url;
  }

  private whenReady(child: ChildProcess): Promise<string> {
    const { name, logFile } = this.spec;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        child.kill('SIGKILL');
        reject(new Error(`${name} did not start within ${READY_TIMEOUT_MS / 1000} s; see ${logFile}`));
      }, READY_TIMEOUT_MS);
      const onExit = (code: number | null) => {
        clearTimeout(timer);
        reject(new Error(`${name} stopped while starting (exit code ${code}); see ${logFile}`));
      };
      child.once('exit', onExit);
      child.on('message', (message) => {
        const ready = readySchema.safeParse(message);
        if (!ready.success) return;
        clearTimeout(timer);
        child.off('exit', onExit);
        resolve(ready.data.url);
      });
    });
  }

  private async restart(cause: number | string | null, livedMs: number): Promise<void> {
    if (this.stopping) return;
    if (livedMs > STABLE_MS) this.delay = RESTART_DELAY_MS;
    this.spec.onNotice(`${this.spec.name} stopped unexpectedly (${cause}); starting it again`);
    await new Promise((resolve) => setTimeout(resolve, this.delay));
    this.delay = Math.min(this.delay * 2, RESTART_DELAY_MAX_MS);
    if (this.stopping) return;
    await this.start().then(
      () => this.spec.onNotice(`${this.spec.name} runs again`),
      () => this.restart('failed to start', 0),
    );
  }

  /** Asks the service to stop, and kills it only when it does not within its time. */
  async stop(): Promise<void> {
    this.stopping = true;
    const child = this.child;
    if (child && child.exitCode === null && child.signalCode === null) {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
      await exited;
      clearTimeout(timer);
    }
    this.log?.end();
  }
}
