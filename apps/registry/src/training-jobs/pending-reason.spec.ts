import { pendingReasonOf, type PendingJob } from './pending-reason.js';

const queued: PendingJob = { state: 'queued', pauseRequested: false, accelerator: 'any', attempt: 0 };
const none = { any: false, gpu: false };
const cpuOnly = { any: true, gpu: false };
const withGpu = { any: true, gpu: true };

describe('a queued job', () => {
  it('waits for its turn while trainers are there', () => {
    expect(pendingReasonOf(queued, cpuOnly)).toBe('waiting_for_turn');
  });

  it('waits for a trainer when there is none', () => {
    expect(pendingReasonOf(queued, none)).toBe('waiting_for_trainer');
  });

  it('that needs a GPU waits for a trainer with one', () => {
    const job = { ...queued, accelerator: 'gpu' } as const;
    expect(pendingReasonOf(job, none)).toBe('waiting_for_gpu');
    expect(pendingReasonOf(job, cpuOnly)).toBe('waiting_for_gpu');
    expect(pendingReasonOf(job, withGpu)).toBe('waiting_for_turn');
  });

  it('that was tried before is tried again, if somebody is there to do so', () => {
    const job = { ...queued, attempt: 2 };
    expect(pendingReasonOf(job, cpuOnly)).toBe('retrying');
    expect(pendingReasonOf(job, none)).toBe('waiting_for_trainer');
  });
});

describe('a job that is not queued', () => {
  it('is paused, or about to be', () => {
    expect(pendingReasonOf({ ...queued, state: 'paused' }, none)).toBe('paused');
    expect(pendingReasonOf({ ...queued, state: 'running', pauseRequested: true }, cpuOnly)).toBe('pausing');
  });

  it.each(['running', 'evaluating', 'succeeded', 'failed', 'cancelled'] as const)(
    'needs no reason while %s',
    (state) => {
      expect(pendingReasonOf({ ...queued, state, attempt: 1 }, none)).toBeNull();
    },
  );
});
