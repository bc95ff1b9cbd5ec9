import { fork } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  baseCheckAnswerSchema,
  type BaseCheckAnswer,
  type BaseCheckOrder,
  type BaseNetworkFinding,
} from '@kernelcast/contracts';
import { Inject, Injectable } from '@nestjs/common';
import { CONFIG, type RegistryConfig } from '../../config/registry.config.js';

/** The program, beside this one in the source as in a build: what computes is kept out of the registry's own process. */
const ENTRY = fileURLToPath(new URL('../../../../base-check/dist/main.js', import.meta.url));
const MIB = 2 ** 20;
/** How often its memory is looked at: it can take about 100 MiB between two looks. */
const LOOK_MS = 50;
/** Of the heap, which holds JSON; tensors lie outside. */
const HEAP_SHARE = 0.5;
const STDERR_TAIL = 2048;
const HEAP_FULL = /heap out of memory|heap limit/i;
/** All that it needs to know of the environment, which may hold secrets. */
const INHERITED = ['PATH', 'TMPDIR', 'LANG'] as const;

/** How a check ended: with its answer, or with what is to be said of files with which it did not get that far. */
export interface CheckEnd {
  readonly answer: BaseCheckAnswer | { readonly type: 'died'; readonly finding: BaseNetworkFinding };
  /** Most bytes it was seen to have in memory. */
  readonly peakBytes: number;
}

/** Starts base checks and keeps each within its memory and its time. */
@Injectable()
export class BaseCheck {
  constructor(@Inject(CONFIG) private readonly config: RegistryConfig) {}

  /** @throws the signal's reason, once the process is gone */
  async run(order: BaseCheckOrder, signal?: AbortSignal): Promise<CheckEnd> {
    const { KERNELCAST_BASE_CHECK_MEMORY_MB: memoryMb, KERNELCAST_BASE_CHECK_SECONDS: seconds } = this.config;
    const env = Object.fromEntries(INHERITED.flatMap((name) => [[name, process.env[name]]]));
    const child = fork(ENTRY, [], {
      env,
      execArgv: ['--no-warnings', `--max-old-space-size=${Math.floor(memoryMb * HEAP_SHARE)}`],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const watch = { peakBytes: 0, over: undefined as 'out_of_memory' | 'too_slow' | undefined };
    const stop = (over?: 'out_of_memory' | 'too_slow'): void => {
      watch.over ??= over;
      child.kill('SIGKILL');
    };
    const abort = (): void => stop();
    signal?.addEventListener('abort', abort);
    const deadline = setTimeout(() => stop('too_slow'), seconds * 1000);
    const look = setInterval(() => {
      void memoryOf(child.pid).then((bytes) => {
        watch.peakBytes = Math.max(watch.peakBytes, bytes);
        if (bytes > memoryMb * MIB) stop('out_of_memory');
      });
    }, LOOK_MS);
    try {
      const end = await followed(child, order);
      signal?.throwIfAborted();
      const { peakBytes } = watch;
      if (end.answer !== undefined) return { answer: end.answer, peakBytes };
      const full = HEAP_FULL.test(end.stderr) ? 'out_of_memory' : 'crashed';
      return { answer: { type: 'died', finding: this.describe(watch.over ?? full, end.how) }, peakBytes };
    } finally {
      signal?.removeEventListener('abort', abort);
      clearTimeout(deadline);
      clearInterval(look);
    }
  }

  private describe(code: 'out_of_memory' | 'too_slow' | 'crashed', how: string): BaseNetworkFinding {
    const { KERNELCAST_BASE_CHECK_MEMORY_MB: memoryMb, KERNELCAST_BASE_CHECK_SECONDS: seconds } = this.config;
    const details = {
      out_of_memory: `it took more than the ${memoryMb} MiB that there are for it`,
      too_slow: `it took longer than the ${seconds} s that there are for it`,
      crashed: `the process that ran it ended with ${how}`,
    };
    return { code, severity: 'error', subject: null, detail: details[code] };
  }
}

interface ProcessEnd {
  readonly answer: BaseCheckAnswer | undefined;
  readonly stderr: string;
  readonly how: string;
}

/** Sends the order, and resolves when the process is gone. */
const followed = (child: ReturnType<typeof fork>, order: BaseCheckOrder): Promise<ProcessEnd> =>
  new Promise((resolve) => {
    let answer: BaseCheckAnswer | undefined;
    let stderr = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      stderr = (stderr + text).slice(-STDERR_TAIL);
    });
    child.on('message', (message) => {
      answer ??= baseCheckAnswerSchema.safeParse(message).data;
    });
    child.on('error', (error) => resolve({ answer, stderr, how: error.message }));
    child.on('close', (code, signal) => resolve({ answer, stderr, how: signal ?? `exit code ${code}` }));
    // To a process that is gone already it is lost, which its end tells.
    child.send(order, () => undefined);
  });

const PAGE_BYTES = 4096;

/** Bytes of a process in memory; 0 where the system does not tell (it is Linux that has this file) or it is gone. */
const memoryOf = async (pid: number | undefined): Promise<number> => {
  const text = await readFile(`/proc/${pid}/statm`, 'utf8').catch(() => '');
  return Number(text.split(' ')[1] ?? 0) * PAGE_BYTES;
};
