import { ApiError } from '@kernelcast/api-client';
import { errorCatalogue } from '@kernelcast/contracts';
import { ADVICE } from './advice.js';
import { describeFailure, type FailureContext } from './describe-failure.js';
import { speakTheSame } from './versions.js';

const refusal = (code: string, status: number, detail = 'It is so') =>
  new ApiError({ type: 'about:blank', title: 'Refused', status, detail, code, requestId: 'req_1' });
const context: FailureContext = {
  connection: { server: 'https://kc.example.org', source: 'profile work', credential: 'kc_x' },
  keyFromEnvironment: false,
  ours: '0.1.0',
};
const without = { ...context, connection: { ...context.connection, credential: undefined } };

describe('describeFailure', () => {
  it('says what happened, what to do, and keeps the request id', () => {
    expect(describeFailure(refusal('job_not_found', 404), context)).toMatchObject({
      message: 'It is so',
      advice: 'See what there is: kernelcast jobs list',
      requestId: 'req_1',
      exitCode: 1,
    });
  });

  it('tells a missing credential from a wrong one, and where that came from', () => {
    const advice = (with_: FailureContext) => describeFailure(refusal('unauthenticated', 401), with_).advice;
    expect(advice(without)).toBe('Log in: kernelcast login --server https://kc.example.org');
    expect(advice(context)).toContain('What profile work holds is wrong');
    expect(advice({ ...context, keyFromEnvironment: true })).toContain('KERNELCAST_API_KEY is wrong');
  });

  it('names both releases when the registry lacks what is asked for', () => {
    const foreign = { ...context, theirs: '0.2.0' };
    expect(describeFailure(refusal('not_found', 404), foreign).advice).toContain(
      'release 0.2.0, this program of 0.1.0',
    );
    const unknownShape = Object.assign(new Error('…'), { name: 'ZodError' });
    expect(describeFailure(unknownShape, foreign)).toMatchObject({ code: 'unexpected_answer' });
    expect(describeFailure(refusal('unexpected_answer', 200), context).advice).toContain('the address of a Kernelcast');
  });

  it('lets no answer steer the terminal', () => {
    expect(describeFailure(refusal('conflict', 409, 'a\u001b[2J\nb'), context).message).toBe('a\uFFFD[2J b');
  });

  it('has advice only for codes that there are', () => {
    for (const code of Object.keys(ADVICE)) expect(Object.keys(errorCatalogue)).toContain(code);
  });
});

describe('speakTheSame', () => {
  it.each([
    ['0.1.0', '0.1.9', true],
    ['0.1.0', '0.2.0', false],
    ['1.2.0', '1.9.3', true],
    ['1.2.0', '2.0.0', false],
    ['dev', '0.1.0', false],
  ])('%s and %s: %s', (a, b, same) => {
    expect(speakTheSame(a, b)).toBe(same);
  });
});
