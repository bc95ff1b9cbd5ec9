import { jobErrorCodeSchema, jobStateSchema, type JobState } from '@kernelcast/contracts';
import { decideLease, jobFailure, MAX_ATTEMPTS } from './job-rules.js';

describe('the lease of a job', () => {
  it.each<JobState>(['queued', 'running', 'evaluating'])('is taken when the job is %s', (state) => {
    expect(decideLease({ state, attempt: 0 })).toBe('take');
  });

  it.each(jobStateSchema.options.filter((state) => !['queued', 'running', 'evaluating'].includes(state)))(
    'is not taken when the job is %s, whatever its attempts',
    (state) => {
      expect(decideLease({ state, attempt: 0 })).toBe('skip');
      expect(decideLease({ state, attempt: MAX_ATTEMPTS })).toBe('skip');
    },
  );

  it('is taken for the last attempt, and not for one more', () => {
    expect(decideLease({ state: 'running', attempt: MAX_ATTEMPTS - 1 })).toBe('take');
    expect(decideLease({ state: 'running', attempt: MAX_ATTEMPTS })).toBe('give-up');
  });
});

describe('a failure', () => {
  it('may be tried again only when the job itself is not to blame', () => {
    const retryable = jobErrorCodeSchema.options.filter((code) => jobFailure(code, '').retryable);
    expect(retryable).toEqual(['backend_unavailable', 'worker_crashed', 'internal']);
  });
});
