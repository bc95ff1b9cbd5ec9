import { fork, type ChildProcess } from 'node:child_process';
import {
  childMessageSchema,
  isFinal,
  type ChildMessage,
  type FinalMessage,
  type ParentMessage,
  type TrainingSpec,
} from '../training-child/messages.js';

/** How a training process ended: with its last word, or without one. */
export type ProcessEnd = FinalMessage | { readonly type: 'crashed'; readonly reason: string };

export interface TrainingProcessOptions {
  /** Compiled entry of the child. */
  readonly entry: string;
  readonly spec: TrainingSpec;
  /** Gets every message but the final one. */
  readonly onMessage: (message: ChildMessage) => void;
}

/** The end of what the child printed to its error output, which tells why it died. */
const STDERR_TAIL = 4096;
/** A child that has had its last word but does not go, perhaps because the backend holds on to a thread. */
const EXIT_GRACE_MS = 5_000;

/**
 * One child process that trains one job. A crash or a leak of the numeric backend ends the child alone, and the
 * parent's event loop stays free to keep the lease.
 */
export class TrainingProcess {
  /** Resolves when the process is gone; never rejects. */
  readonly ended: Promise<ProcessEnd>;
  private readonly child: ChildProcess;
  private stderr = '';

  constructor({ entry, spec, onMessage }: TrainingProcessOptions) {
    this.child = fork(entry, [], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], execArgv: ['--enable-source-maps'] });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-STDERR_TAIL);
    });
    this.ended = this.follow(onMessage);
    this.send({ type: 'start', spec });
  }

  /** What the child last printed to its error output. For the trainer's own log. */
  get errorOutput(): string {
    return this.stderr;
  }

  /** Asks for a last checkpoint and the end. */
  stop(): void {
    this.send({ type: 'stop' });
  }

  /** Ends the process at once, whatever it is doing. */
  kill(): void {
    this.child.kill('SIGKILL');
  }

  private follow(onMessage: (message: ChildMessage) => void): Promise<ProcessEnd> {
    return new Promise((resolve) => {
      let end: ProcessEnd | undefined;
      let timer: NodeJS.Timeout | undefined;
      const settle = (last: ProcessEnd): void => {
        end ??= last;
        timer ??= setTimeout(() => this.kill(), EXIT_GRACE_MS);
      };
      this.child.on('message', (raw) => {
        if (end) return;
        const parsed = childMessageSchema.safeParse(raw);
        if (!parsed.success) {
          settle({ type: 'crashed', reason: `It sent what is no message: ${parsed.error.message}` });
          this.kill();
        } else if (isFinal(parsed.data)) settle(parsed.data);
        else onMessage(parsed.data);
      });
      this.child.on('error', (error) => settle({ type: 'crashed', reason: error.message }));
      this.child.on('close', (code, signal) => {
        clearTimeout(timer);
        resolve(end ?? { type: 'crashed', reason: describeExit(code, signal, this.stderr) });
      });
    });
  }

  /** A message to a process that has just died is lost, which `ended` tells anyway. */
  private send(message: ParentMessage): void {
    if (this.child.connected) this.child.send(message, () => undefined);
  }
}

/** Exit code of a process that V8 ends for want of heap: 128 + SIGABRT. */
const ABORTED = 134;

function describeExit(code: number | null, signal: NodeJS.Signals | null, stderr: string): string {
  if (signal === 'SIGABRT' || code === ABORTED || /heap out of memory/i.test(stderr))
    return 'The training process ran out of memory or was aborted: lower batchSize, or use a smaller dataset.';
  if (signal === 'SIGKILL') return 'The training process was killed, most likely by the system for want of memory.';
  return `The training process ended with ${signal === null ? `exit code ${code}` : signal}.`;
}
