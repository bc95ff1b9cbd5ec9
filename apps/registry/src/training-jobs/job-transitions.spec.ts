import { jobStateSchema, type JobState } from '@kernelcast/contracts';
import { stateAfter, stepOf, type JobAction, type JobStep } from './job-transitions.js';

const idle = (state: JobState) => ({ state, pauseRequested: false });

describe('what can be done to a job', () => {
  it.each<[JobAction, JobState, JobStep]>([
    ['cancel', 'queued', 'cancel'],
    ['cancel', 'running', 'cancel'],
    ['cancel', 'evaluating', 'cancel'],
    ['cancel', 'paused', 'cancel'],
    ['pause', 'queued', 'pause-now'],
    ['pause', 'running', 'ask-for-pause'],
    ['pause', 'evaluating', 'ask-for-pause'],
    ['resume', 'paused', 'continue'],
    ['retry', 'failed', 'start-again'],
  ])('%s of a job that is %s is to %s', (action, state, step) => {
    expect(stepOf(action, idle(state))).toBe(step);
  });

  it('includes to withdraw a pause that was not granted yet, and to cancel instead', () => {
    const pausing = { state: 'running', pauseRequested: true } as const;
    expect(stepOf('resume', pausing)).toBe('withdraw-pause');
    expect(stepOf('cancel', pausing)).toBe('cancel');
  });

  it('does not include to ask for a pause twice', () => {
    expect(() => stepOf('pause', { state: 'running', pauseRequested: true })).toThrow(
      'A job that is being paused cannot be paused',
    );
  });

  it.each(jobStateSchema.options.filter((state) => state !== 'failed'))(
    'does not include to retry one that is %s',
    (state) => {
      expect(() => stepOf('retry', idle(state))).toThrow(expect.objectContaining({ code: 'conflict' }));
    },
  );

  it.each(['cancel', 'pause', 'resume'] as const)('does not include to %s one that has ended', (action) => {
    for (const state of ['succeeded', 'failed', 'cancelled'] as const)
      expect(() => stepOf(action, idle(state))).toThrow(expect.objectContaining({ code: 'conflict' }));
  });

  it('is refused with the state in words', () => {
    expect(() => stepOf('cancel', idle('succeeded'))).toThrow('A job that has succeeded cannot be cancelled');
    expect(() => stepOf('resume', idle('evaluating'))).toThrow('A job that is evaluating cannot be resumed');
  });
});

describe('the state after a step', () => {
  it.each<[JobStep, JobState | undefined]>([
    ['cancel', 'cancelled'],
    ['pause-now', 'paused'],
    ['continue', 'queued'],
    ['start-again', 'queued'],
    ['ask-for-pause', undefined],
    ['withdraw-pause', undefined],
  ])('%s is %s', (step, state) => {
    expect(stateAfter(step)).toBe(state);
  });
});
