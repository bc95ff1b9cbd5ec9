import { jobErrorCodeSchema, jobStateSchema, type JobState } from '@kernelcast/contracts';
import { decideLease, exhausted, jobFailure, overdue, type LeaseQuestion } from './job-rules.js';

const NOW = new Date('2026-01-01T12:00:00Z');
const EARLIER = new Date('2026-01-01T11:59:59Z');
const MAX_ATTEMPTS = 3;
const TAKEABLE: readonly JobState[] = ['queued', 'running', 'evaluating'];

const decide = (change: Partial<LeaseQuestion>) =>
  decideLease({ state: 'queued', attempt: 0, pauseRequested: false, deadline: null, ...change }, MAX_ATTEMPTS, NOW);

describe('the lease of a job', () => {
  it.each(TAKEABLE)('is taken when the job is %s', (state) => {
    expect(decide({ state })).toBe('take');
  });

  it.each(jobStateSchema.options.filter((state) => !TAKEABLE.includes(state)))(
    'is not taken when the job is %s, whatever else is true of it',
    (state) => {
      expect(decide({ state })).toBe('skip');
      expect(decide({ state, attempt: MAX_ATTEMPTS, deadline: EARLIER, pauseRequested: true })).toBe('skip');
    },
  );

  it('is taken for the last attempt, and not for one more', () => {
    expect(decide({ state: 'running', attempt: MAX_ATTEMPTS - 1 })).toBe('take');
    expect(decide({ state: 'running', attempt: MAX_ATTEMPTS })).toBe('give-up');
  });

  it('is not taken when a pause is asked for, not even to give the job up', () => {
    expect(decide({ state: 'running', pauseRequested: true })).toBe('pause');
    expect(decide({ state: 'running', pauseRequested: true, attempt: MAX_ATTEMPTS })).toBe('pause');
  });

  it('is not taken at the deadline or later', () => {
    expect(decide({ deadline: new Date('2026-01-01T12:00:01Z') })).toBe('take');
    expect(decide({ deadline: NOW })).toBe('overdue');
    expect(decide({ deadline: EARLIER, state: 'running', pauseRequested: true })).toBe('overdue');
  });
});

describe('a failure', () => {
  it('may be tried again only when the job itself is not to blame', () => {
    const retryable = jobErrorCodeSchema.options.filter((code) => jobFailure(code, '').retryable);
    expect(retryable).toEqual(['backend_unavailable', 'worker_crashed', 'input_missing', 'internal']);
  });

  it('for want of attempts keeps the code and the words of the last one', () => {
    const last = { code: 'out_of_memory', message: 'Lower batchSize.' } as const;
    expect(exhausted(7, last)).toMatchObject({
      code: 'out_of_memory',
      message: expect.stringMatching(/after 7 attempts \(KERNELCAST_JOB_ATTEMPTS\).* Lower batchSize\.$/),
    });
    expect(exhausted(7).code).toBe('worker_crashed');
  });

  it('for a deadline says which', () => {
    expect(overdue(NOW).message).toContain('2026-01-01T12:00:00.000Z');
  });
});
