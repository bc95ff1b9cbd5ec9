import { fork, type ChildProcess } from 'node:child_process';
import {
  childMessageSchema,
  isFinal,
  type ChildMessage,
  type FinalMessage,
  type ParentMessage,
  type Preparation,
  type TrainingSpec,
} from '../training-child/messages.js';
import { crashed, describeCrash, type Crash } from './describe-crash.js';
import { MemoryEvidence } from './memory-evidence.js';

/** How a training process ended: with its last word, or without one. */
export type ProcessEnd = FinalMessage | Crash;

export interface TrainingProcessOptions {
  /** Compiled entry of the child. */
  readonly entry: string;
  /** Set for the child beside what this process has. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface TrainingWatch {
  /** Gets every message but the final one. */
  readonly onMessage: (message: ChildMessage) => void;
  /** Milliseconds without a word after which the child is taken for stuck, and killed. */
  readonly silenceMs: number;
}

/** The end of what the child printed to its error output, which tells why it died. */
const STDERR_TAIL = 4096;
/** A child that has had its last word but does not go, perhaps because the backend holds on to a thread. */
const EXIT_GRACE_MS = 5_000;
/** How often the child's memory is looked at: the kernel keeps the peak for as long as it lives. */
const MEMORY_LOOK_MS = 500;
const SECOND_MS = 1000;

/**
 * One child process that waits for a job, trains it, and ends. A crash or a leak of the numeric backend ends the child alone, and the
 * parent's event loop stays free to keep the lease.
 */
export class TrainingProcess {
  /** Resolves when the process is gone; never rejects. */
  readonly ended: Promise<ProcessEnd>;
  private readonly child: ChildProcess;
  private readonly memory = new MemoryEvidence();
  private killsBefore = 0;
  private watch: TrainingWatch | undefined;
  private peakBytes = 0;
  private stderr = '';
  private silence: NodeJS.Timeout | undefined;
  private end: ProcessEnd | undefined;
  private leaving: NodeJS.Timeout | undefined;

  constructor({ entry, environment }: TrainingProcessOptions) {
    this.child = fork(entry, [], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      execArgv: ['--enable-source-maps'],
      env: { ...process.env, ...environment },
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr = (this.stderr + text).slice(-STDERR_TAIL);
    });
    this.ended = this.follow();
  }

  /** Whether it can still be given something to do. */
  get alive(): boolean {
    return this.child.connected && this.end === undefined;
  }

  /** Lets it load what any job needs. */
  prepare(preparation: Preparation): void {
    this.send({ type: 'prepare', ...preparation });
  }

  /** Gives it its job; once. @returns as `ended` */
  train(spec: TrainingSpec, watch: TrainingWatch): Promise<ProcessEnd> {
    this.watch = watch;
    this.killsBefore = this.memory.kills();
    this.listenFor();
    this.send({ type: 'start', spec });
    return this.ended;
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

  private follow(): Promise<ProcessEnd> {
    const look = setInterval(() => this.lookAtMemory(), MEMORY_LOOK_MS);
    return new Promise((resolve) => {
      this.child.on('message', (raw) => this.take(raw));
      this.child.on('error', (error) => this.settle(crashed(error.message)));
      this.child.on('close', (exitCode, signal) => {
        clearInterval(look);
        clearTimeout(this.silence);
        clearTimeout(this.leaving);
        resolve(this.end ?? this.describe(exitCode, signal));
      });
    });
  }

  private take(raw: unknown): void {
    if (this.end) return;
    const parsed = childMessageSchema.safeParse(raw);
    if (!parsed.success) {
      this.settle(crashed(`It sent what is no message: ${parsed.error.message}`));
      this.kill();
      return;
    }
    this.listenFor();
    if (isFinal(parsed.data)) this.settle(parsed.data);
    else this.watch?.onMessage(parsed.data);
  }

  /** What the process says, or fails to, before it goes; the first of it counts. */
  private settle(last: ProcessEnd): void {
    this.end ??= last;
    clearTimeout(this.silence);
    this.leaving ??= setTimeout(() => this.kill(), EXIT_GRACE_MS);
  }

  /** A child that lives but neither steps nor ends, in a deadlock of native threads for instance, would hold its job for ever. */
  private listenFor(): void {
    if (this.watch === undefined) return;
    const { silenceMs } = this.watch;
    clearTimeout(this.silence);
    this.silence = setTimeout(() => {
      const seconds = silenceMs / SECOND_MS;
      this.settle(crashed(`The training process lived but said nothing for ${seconds} s, and was ended.`));
      this.kill();
    }, silenceMs);
  }

  private lookAtMemory(): void {
    if (this.child.pid !== undefined) this.peakBytes = Math.max(this.peakBytes, this.memory.peakOf(this.child.pid));
  }

  private describe(exitCode: number | null, signal: NodeJS.Signals | null): Crash {
    const { memory, peakBytes, stderr, killsBefore } = this;
    const systemKilled = memory.kills() > killsBefore;
    return describeCrash({ exitCode, signal, stderr, peakBytes, limitBytes: memory.limit(), systemKilled });
  }

  /** A message to a process that has just died is lost, which `ended` tells anyway. */
  private send(message: ParentMessage): void {
    if (this.child.connected) this.child.send(message, () => undefined);
  }
}
