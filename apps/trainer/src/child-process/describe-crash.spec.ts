import { describeCrash, type CrashEvidence } from './describe-crash.js';

const GIB = 2 ** 30;
const evidence = (change: Partial<CrashEvidence>): CrashEvidence => ({
  exitCode: null,
  signal: null,
  stderr: '',
  peakBytes: 0.2 * GIB,
  limitBytes: 4 * GIB,
  systemKilled: false,
  ...change,
});

describe('a process that left no word', () => {
  it.each([
    ['V8 said that its heap is full', { signal: 'SIGABRT', stderr: 'JavaScript heap out of memory' }, false],
    ['V8 said so, and a shell turned the signal into a code', { exitCode: 134, stderr: 'Reached heap limit' }, false],
    ['the system counts one more that it killed', { signal: 'SIGKILL', systemKilled: true }, true],
    ['it was killed when it had nearly all there is', { signal: 'SIGKILL', peakBytes: 3.5 * GIB }, true],
  ] as const)('ran out of memory when %s', (_what, change, again) => {
    const crash = describeCrash(evidence(change));
    expect(crash).toMatchObject({ code: 'out_of_memory', again });
    expect(crash.message).toMatch(/Lower batchSize/);
  });

  it('is not said to have run out of memory when it was killed without need', () => {
    const crash = describeCrash(evidence({ signal: 'SIGKILL' }));
    expect(crash).toMatchObject({ code: 'worker_crashed', again: true });
    expect(crash.message).toMatch(/killed from outside; it had 205 of 4096 MiB/);
  });

  it.each([
    ['SIGSEGV', { signal: 'SIGSEGV' }],
    ['SIGILL', { signal: 'SIGILL' }],
    ['SIGABRT', { signal: 'SIGABRT' }],
    ['SIGSEGV', { exitCode: 139 }],
  ] as const)('ended in native code by %s, which can be done without', (name, change) => {
    const crash = describeCrash(evidence(change));
    expect(crash).toMatchObject({ code: 'worker_crashed', again: true });
    expect(crash.message).toMatch(new RegExp(`${name}.*KERNELCAST_BACKEND=wasm`));
  });

  it('is described by its exit code when nothing else is known', () => {
    expect(describeCrash(evidence({ exitCode: 1 })).message).toBe('The training process ended with exit code 1.');
  });
});
