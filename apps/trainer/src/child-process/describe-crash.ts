/** How a process ended that left no last word, and what is known of its memory. */
export interface CrashEvidence {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** The end of its error output. */
  readonly stderr: string;
  /** Most bytes it was seen to have in memory, and those that were to be had. */
  readonly peakBytes: number;
  readonly limitBytes: number;
  /** Whether the system killed a process of our group for want of memory while it ran. */
  readonly systemKilled: boolean;
}

export interface Crash {
  readonly type: 'crashed';
  readonly code: 'worker_crashed' | 'out_of_memory';
  /** For people: what happened, and what to do about it. */
  readonly message: string;
  /** Whether the same may go well another time. */
  readonly again: boolean;
}

/** The kernel kills the largest process; one that had this share of all there is was it. */
const SUSPICIOUS_SHARE = 0.8;
const MIB = 2 ** 20;
/** Shells and Node report a signal as exit code 128 + its number. */
const SIGNAL_OF_CODE: Readonly<Record<number, NodeJS.Signals>> = {
  132: 'SIGILL',
  134: 'SIGABRT',
  135: 'SIGBUS',
  136: 'SIGFPE',
  137: 'SIGKILL',
  139: 'SIGSEGV',
};
/** How native code ends that does what the processor or the library forbids. */
const NATIVE_FAULTS: ReadonlySet<string> = new Set(['SIGILL', 'SIGABRT', 'SIGBUS', 'SIGFPE', 'SIGSEGV']);
const HEAP_FULL = /heap out of memory|heap limit/i;
const LESS_MEMORY = 'Lower batchSize, use a smaller dataset, or give the trainer more memory.';

export const crashed = (message: string): Crash => ({ type: 'crashed', code: 'worker_crashed', message, again: true });

const outOfMemory = (what: string, again: boolean): Crash => ({
  type: 'crashed',
  code: 'out_of_memory',
  message: `${what} ${LESS_MEMORY}`,
  again,
});

/**
 * Tells why a training process died. That memory was the cause is only said on evidence: V8's own words, the system's
 * count of those it killed, or a process that had nearly all there is.
 */
export function describeCrash(evidence: CrashEvidence): Crash {
  const { exitCode, stderr, peakBytes, limitBytes } = evidence;
  const signal = evidence.signal ?? SIGNAL_OF_CODE[exitCode ?? 0];
  // The same data need the same heap the next time; other programs may need less.
  if (HEAP_FULL.test(stderr)) return outOfMemory('The training process filled its JavaScript heap.', false);
  if (signal === 'SIGKILL') {
    const share = `it had ${Math.round(peakBytes / MIB)} of ${Math.round(limitBytes / MIB)} MiB`;
    if (evidence.systemKilled) return outOfMemory(`The system killed it for want of memory: ${share}.`, true);
    if (peakBytes >= SUSPICIOUS_SHARE * limitBytes)
      return outOfMemory(`The training process was killed, most likely for want of memory: ${share}.`, true);
    return crashed(`The training process was killed from outside; ${share}, so memory was not short.`);
  }
  if (signal !== undefined && NATIVE_FAULTS.has(signal))
    return crashed(
      `The training process ended with ${signal}: its native code failed. ` +
        'Set KERNELCAST_BACKEND=wasm for the trainer to train without native code.',
    );
  return crashed(`The training process ended with ${signal ?? `exit code ${exitCode}`}.`);
}
