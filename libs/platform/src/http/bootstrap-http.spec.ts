import { Controller, Get, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { defineRoutes, type Problem, type RouteInput } from '@kernelcast/contracts';
import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { z } from 'zod';
import { AppError } from '../errors/app-error.js';
import { HealthModule } from '../health/health.module.js';
import { ReadinessService } from '../health/readiness.service.js';
import { createLogger } from '../logging/logger.js';
import { bootstrapHttp, type HttpOptions } from './bootstrap-http.js';
import { BodyStream, Input, Route } from './route.decorator.js';

const base = { tag: 'Test', access: 'public', summary: '', errors: [] } as const;
const routes = defineRoutes({
  createThing: {
    ...base,
    operationId: 'createThing',
    method: 'post',
    path: '/v1/groups/{group}/things',
    params: z.object({ group: z.string().regex(/^[a-z]+$/) }),
    query: z.object({ limit: z.coerce.number().int().default(5) }),
    body: z.object({ name: z.string().min(2), tags: z.array(z.string()).default([]) }).strict(),
    success: { status: 201, body: z.object({ name: z.string(), group: z.string(), limit: z.number() }) },
  },
  leak: {
    ...base,
    operationId: 'leak',
    method: 'get',
    path: '/v1/leak',
    success: { status: 200, body: z.object({ id: z.string() }) },
  },
  crash: {
    ...base,
    operationId: 'crash',
    method: 'get',
    path: '/v1/crash',
    success: { status: 200, body: z.object({}) },
  },
  refuse: { ...base, operationId: 'refuse', method: 'post', path: '/v1/refuse', success: { status: 204, body: null } },
  upload: {
    ...base,
    operationId: 'upload',
    method: 'post',
    path: '/v1/upload',
    streamBody: 'application/zip',
    success: { status: 200, body: z.object({ size: z.int() }) },
  },
});

@Controller()
class ThingsController {
  @Route(routes.createThing)
  async create(@Input() { params, query, body }: RouteInput<typeof routes.createThing>): Promise<unknown> {
    await Promise.resolve();
    logger.info('a thing');
    return { name: body.name, group: params.group, limit: query.limit };
  }

  @Route(routes.leak)
  leak(): unknown {
    return { id: 'x', secretHash: 'must not get out' };
  }

  @Route(routes.crash)
  crash(): never {
    throw new Error('connection to 10.0.0.7 failed, password hunter2');
  }

  @Route(routes.refuse)
  refuse(): never {
    throw new AppError('name_taken', 'The name "cat" is taken.');
  }
}

@Controller()
class UploadController {
  @Route(routes.upload)
  async upload(@BodyStream() body: Readable): Promise<unknown> {
    return { size: (await text(body)).length };
  }
}

@Module({
  imports: [HealthModule.forRoot({ service: 'things', version: '1.2.3' })],
  controllers: [ThingsController, UploadController],
})
class ThingsModule {}

const lines: string[] = [];
const logger = createLogger({ service: 'things', destination: { write: (line) => void lines.push(line) } });
const boot = (options: Partial<HttpOptions> = {}): Promise<NestFastifyApplication> =>
  bootstrapHttp(ThingsModule, { logger, routes, streamTypes: ['application/zip'], jsonLimitBytes: 1000, ...options });

describe('an HTTP service', () => {
  let app: NestFastifyApplication;
  beforeAll(async () => {
    process.env['KERNELCAST_CHECK_RESPONSES'] = '1';
    app = await boot();
  });
  afterAll(async () => {
    delete process.env['KERNELCAST_CHECK_RESPONSES'];
    await app.close();
  });

  const post = (url: string, payload: unknown, headers: Record<string, string> = {}) =>
    app.inject({
      method: 'POST',
      url,
      headers: { 'content-type': 'application/json', ...headers },
      payload: payload as string,
    });

  it('hands a handler its parsed input and answers with the status of the contract', async () => {
    const answer = await post('/v1/groups/cats/things?limit=7', { name: 'tom' });
    expect(answer.statusCode).toBe(201);
    expect(answer.json()).toEqual({ name: 'tom', group: 'cats', limit: 7 });
  });

  it('lists the faults of all parts of a request with their places', async () => {
    const answer = await post('/v1/groups/C4/things?limit=many', { name: 'x', extra: 1 });
    expect(answer.statusCode).toBe(422);
    expect(answer.headers['content-type']).toMatch('application/problem+json');
    const problem = answer.json<Problem>();
    expect(problem.code).toBe('validation_failed');
    expect(problem.errors?.map((fault) => fault.pointer)).toEqual([
      '/params/group',
      '/query/limit',
      '/body/name',
      '/body',
    ]);
  });

  it.each([
    ['broken JSON', '{"name": ', 400, 'malformed_body'],
    ['a prototype in JSON', '{"__proto__": {"admin": true}}', 400, 'malformed_body'],
    ['a body past the limit', JSON.stringify({ name: 'x'.repeat(2000) }), 413, 'body_too_large'],
  ])('refuses %s', async (_, payload, status, code) => {
    const answer = await post('/v1/groups/cats/things', payload);
    expect(answer.statusCode).toBe(status);
    expect(answer.json<Problem>()).toMatchObject({ code, status });
  });

  it('refuses content types that the route does not take', async () => {
    for (const type of ['text/xml', 'application/zip', 'multipart/form-data; boundary=x', 'application/jsonp']) {
      const answer = await post('/v1/groups/cats/things', 'abc', { 'content-type': type });
      expect([answer.statusCode, answer.json<Problem>().code]).toEqual([415, 'unsupported_media_type']);
    }
    const answer = await post('/v1/upload', { a: 1 });
    expect([answer.statusCode, answer.json<Problem>().code]).toEqual([415, 'unsupported_media_type']);
  });

  it('refuses a stream on a route that takes no body at all', async () => {
    const answer = await post('/v1/refuse', 'abc', { 'content-type': 'application/zip' });
    expect([answer.statusCode, answer.json<Problem>().code]).toEqual([415, 'unsupported_media_type']);
    expect((await post('/v1/refuse', {})).json<Problem>().code).toBe('name_taken');
  });

  it('hands a stream over unread, past the limit of JSON bodies', async () => {
    const answer = await post('/v1/upload', 'z'.repeat(5000), { 'content-type': 'application/zip' });
    expect(answer.json()).toEqual({ size: 5000 });
  });

  it('answers refusals by the catalogue', async () => {
    const answer = await app.inject({ method: 'POST', url: '/v1/refuse' });
    expect(answer.json()).toEqual({
      type: 'urn:kernelcast:problem:name_taken',
      title: 'The name is taken',
      status: 409,
      detail: 'The name "cat" is taken.',
      code: 'name_taken',
      requestId: answer.headers['x-request-id'],
    });
  });

  it('keeps what went wrong inside out of the answer, and logs it with the request id', async () => {
    const answer = await app.inject({ method: 'GET', url: '/v1/crash', headers: { 'x-request-id': 'trace-77' } });
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toMatch(/hunter2|10\.0\.0\.7|stack/);
    expect(answer.json()).toMatchObject({ code: 'internal', requestId: 'trace-77' });
    expect(lines.some((line) => line.includes('trace-77') && line.includes('hunter2'))).toBe(true);
  });

  it('asks the classifier about errors of libraries', async () => {
    const other = await boot({ classify: () => 'service_unavailable' });
    const answer = await other.inject({ method: 'GET', url: '/v1/crash' });
    await other.close();
    expect(answer.json()).toMatchObject({ code: 'service_unavailable', status: 503 });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect(answer.body).not.toContain('hunter2');
  });

  it('answers unknown paths, and paths that cannot be decoded, as problems', async () => {
    const unknown = await app.inject({ method: 'GET', url: '/v1/nowhere' });
    expect(unknown.json()).toMatchObject({ code: 'not_found', status: 404 });
    const broken = await app.inject({ method: 'GET', url: '/v1/%zz' });
    expect(broken.headers['content-type']).toMatch('application/problem+json');
    expect(broken.json()).toMatchObject({ code: 'malformed_body', status: 400 });
  });

  it('names the methods that a path takes to who uses another', async () => {
    const answer = await app.inject({ method: 'DELETE', url: '/v1/groups/cats/things?limit=1' });
    expect([answer.statusCode, answer.headers['allow']]).toEqual([405, 'POST']);
    const other = await app.inject({ method: 'POST', url: '/v1/crash' });
    expect([other.statusCode, other.headers['allow']]).toEqual([405, 'GET, HEAD']);
    expect(answer.json()).toMatchObject({ code: 'method_not_allowed', requestId: answer.headers['x-request-id'] });
  });

  it('logs on whose behalf something was done: the request, and the trace that it is part of', async () => {
    const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
    const headers = { 'x-request-id': 'traced-1', traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
    await post('/v1/groups/cats/things', { name: 'tom' }, headers);
    await post('/v1/groups/cats/things', { name: 'tom' }, { ...headers, 'x-request-id': 'traced-2', traceparent: '?' });
    const logged = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    const of = (requestId: string) => logged.filter((line) => line['requestId'] === requestId);
    expect(of('traced-1').map(({ msg, traceId }) => [msg, traceId])).toEqual([
      ['a thing', traceId],
      ['request', traceId],
    ]);
    const [first, second] = of('traced-2');
    expect(first?.['traceId']).toMatch(/^[0-9a-f]{32}$/);
    expect(first?.['traceId']).not.toBe(traceId);
    expect(second?.['traceId']).toBe(first?.['traceId']);
  });

  it('takes over a harmless request id only', async () => {
    const answer = await app.inject({ method: 'GET', url: '/healthz', headers: { 'x-request-id': 'a b\tc' } });
    expect(answer.headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('fails an answer that carries more than its contract names', async () => {
    const answer = await app.inject({ method: 'GET', url: '/v1/leak' });
    expect(answer.statusCode).toBe(500);
    expect(lines.some((line) => line.includes('/secretHash: not part of the contract'))).toBe(true);
  });

  it('reports health, version and metrics by route pattern', async () => {
    expect((await app.inject('/healthz')).json()).toEqual({ status: 'ok' });
    expect((await app.inject('/version')).json()).toEqual({ service: 'things', version: '1.2.3' });
    const metrics = await app.inject('/metrics');
    expect(metrics.body).toContain('route="/v1/groups/:group/things"');
    expect(metrics.body).toContain('process_cpu_seconds_total');
  });

  it('is ready only while its dependencies answer', async () => {
    const other = await boot();
    let answers = true;
    other
      .get(ReadinessService)
      .register('database', () => (answers ? Promise.resolve() : Promise.reject(new Error('down'))));
    expect((await other.inject('/readyz')).json()).toEqual({ status: 'ok', checks: { database: 'ok' } });
    answers = false;
    const answer = await other.inject('/readyz');
    await other.close();
    expect([answer.statusCode, answer.json()]).toEqual([
      503,
      { status: 'unavailable', checks: { database: 'failed' } },
    ]);
  });
});

describe('the check of the route table', () => {
  it('fails the boot when an operation has no handler', async () => {
    const missing = { ...routes, other: { ...routes.leak, operationId: 'other' } };
    await expect(boot({ routes: missing })).rejects.toThrow('other has no handler');
  });

  it('fails the boot when an operation has two handlers', async () => {
    await expect(boot({ servedElsewhere: ['leak'] })).rejects.toThrow('leak has 2 handlers');
  });

  it('fails the boot when a handler serves an operation that nobody declared', async () => {
    const { leak: _, ...rest } = routes;
    await expect(boot({ routes: rest })).rejects.toThrow('leak is not in the route table');
  });
});

describe('@Input', () => {
  it('names the handler that lacks a route', async () => {
    @Controller()
    class Careless {
      @Get('/careless')
      handle(@Input() input: unknown): unknown {
        return input;
      }
    }
    @Module({ imports: [HealthModule.forRoot({ service: 's', version: '0' })], controllers: [Careless] })
    class CarelessModule {}
    const app = await bootstrapHttp(CarelessModule, { logger });
    const answer = await app.inject('/careless');
    await app.close();
    expect(answer.statusCode).toBe(500);
    expect(lines.some((line) => line.includes('Careless.handle'))).toBe(true);
  });
});
