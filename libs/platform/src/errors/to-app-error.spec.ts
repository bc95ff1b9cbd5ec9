import { NotFoundException, PayloadTooLargeException, ServiceUnavailableException } from '@nestjs/common';
import { errorCatalogue } from '@kernelcast/contracts';
import { z } from 'zod';
import { AppError } from './app-error.js';
import { toProblem } from './problem.js';
import { faultsOf, toAppError } from './to-app-error.js';

const withStatus = (statusCode: number): Error => Object.assign(new Error('from a plugin'), { statusCode });

describe('turning what was thrown into a refusal', () => {
  it('leaves ours as it is', () => {
    const error = new AppError('task_not_found');
    expect(toAppError(error, () => 'internal')).toBe(error);
    expect([error.status, error.message]).toEqual([404, errorCatalogue.task_not_found.title]);
  });

  it.each([
    [new NotFoundException(), 'not_found'],
    [new PayloadTooLargeException(), 'body_too_large'],
    [new ServiceUnavailableException('database 10.0.0.1 is down'), 'service_unavailable'],
    [withStatus(400), 'malformed_body'],
    [withStatus(413), 'body_too_large'],
    [withStatus(414), 'validation_failed'],
    [withStatus(415), 'unsupported_media_type'],
    [withStatus(429), 'too_many_requests'],
    [withStatus(502), 'internal'],
    [{ statusCode: 404 }, 'internal'],
    ['a string', 'internal'],
    [undefined, 'internal'],
  ])('takes %s for %s', (thrown, code) => {
    expect(toAppError(thrown).code).toBe(code);
  });

  it('keeps what was thrown as the cause, and tells the caller nothing of faults that are ours', () => {
    for (const thrown of [new Error('secret detail'), new ServiceUnavailableException('secret detail')]) {
      const error = toAppError(thrown);
      expect(error.cause).toBe(thrown);
      expect(JSON.stringify(toProblem(error, 'r'))).not.toContain('secret detail');
    }
  });

  it('asks the classifier before it looks for a status', () => {
    expect(toAppError(withStatus(404), () => 'blob_not_found').code).toBe('blob_not_found');
    expect(toAppError(withStatus(404), () => undefined).code).toBe('not_found');
  });
});

describe('faults of a request', () => {
  it('have JSON pointers, escaped as RFC 6901 says', () => {
    const schema = z.object({ 'a/b': z.object({ 'c~d': z.array(z.int()) }) });
    const { error } = schema.safeParse({ 'a/b': { 'c~d': [1, 'x'] } });
    expect(faultsOf(error ?? new z.ZodError([]), 'body').map(({ pointer }) => pointer)).toEqual(['/body/a~1b/c~0d/1']);
  });

  it('are cut off when there are too many', () => {
    const { error } = z.array(z.int()).safeParse(Array.from({ length: 1000 }, () => 'x'));
    expect(faultsOf(error ?? new z.ZodError([]), 'body')).toHaveLength(20);
  });
});
