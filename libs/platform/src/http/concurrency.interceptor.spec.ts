import { Controller, Headers, Module } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { defineRoutes, type Problem, type RouteInput } from '@kernelcast/contracts';
import type { IncomingHttpHeaders } from 'node:http';
import { z } from 'zod';
import { HealthModule } from '../health/health.module.js';
import { createLogger } from '../logging/logger.js';
import { bootstrapHttp } from './bootstrap-http.js';
import { assertPrecondition, preconditionOf } from './representation.js';
import { Input, Route } from './route.decorator.js';

const thing = z.object({ title: z.string() });
const base = {
  tag: 'Test',
  access: 'public',
  summary: '',
  errors: [],
  path: '/v1/thing',
  success: { status: 200, body: thing },
} as const;
const routes = defineRoutes({
  getThing: { ...base, operationId: 'getThing', method: 'get', concurrency: 'etag' },
  changeThing: { ...base, operationId: 'changeThing', method: 'patch', body: thing, concurrency: 'etag' },
  putThing: { ...base, operationId: 'putThing', method: 'put', body: thing, concurrency: 'etag-optional' },
});

let stored: { title: string } | null;

@Controller()
class ThingController {
  @Route(routes.getThing)
  get(): unknown {
    return stored;
  }

  @Route(routes.changeThing)
  change(@Headers() headers: IncomingHttpHeaders, @Input() { body }: RouteInput<typeof routes.changeThing>): unknown {
    assertPrecondition(preconditionOf(headers), stored);
    return (stored = body);
  }

  @Route(routes.putThing)
  put(@Headers() headers: IncomingHttpHeaders, @Input() { body }: RouteInput<typeof routes.putThing>): unknown {
    assertPrecondition(preconditionOf(headers), stored);
    return (stored = body);
  }
}

@Module({ imports: [HealthModule.forRoot({ service: 'things', version: '1' })], controllers: [ThingController] })
class ThingModule {}

let app: NestFastifyApplication;
beforeAll(async () => {
  const logger = createLogger({ service: 'things', level: 'silent' });
  app = await bootstrapHttp(ThingModule, { logger, routes });
});
afterAll(() => app.close());
beforeEach(() => {
  stored = { title: 'first' };
});

const send = (method: 'GET' | 'PATCH' | 'PUT', headers: Record<string, string> = {}, title = 'second') =>
  app.inject({ method, url: '/v1/thing', headers, ...(method === 'GET' ? {} : { payload: { title } }) });
const tagOf = async () => String((await send('GET')).headers['etag']);

describe('an operation with entity tags', () => {
  it('spares the client an answer that it has', async () => {
    const first = await send('GET');
    const again = await send('GET', { 'if-none-match': String(first.headers['etag']) });
    expect([again.statusCode, again.body, again.headers['etag']]).toEqual([304, '', first.headers['etag']]);
    stored = { title: 'changed' };
    expect((await send('GET', { 'if-none-match': String(first.headers['etag']) })).statusCode).toBe(200);
  });

  it('lets a change through that names what it has seen, and tags the outcome as a GET does', async () => {
    const answer = await send('PATCH', { 'if-match': await tagOf() });
    expect([answer.statusCode, answer.headers['etag']]).toEqual([200, await tagOf()]);
  });

  it('refuses a change of something that has changed since', async () => {
    const seen = await tagOf();
    await send('PATCH', { 'if-match': seen });
    const late = await send('PATCH', { 'if-match': seen }, 'third');
    expect([late.statusCode, late.json<Problem>().code]).toEqual([412, 'precondition_failed']);
    expect(late.headers['etag']).toBeUndefined();
    expect(stored).toEqual({ title: 'second' });
  });

  it('asks a change that must name what it has seen to do so', async () => {
    const answer = await send('PATCH');
    expect([answer.statusCode, answer.json<Problem>().code]).toEqual([428, 'precondition_required']);
    expect((await send('PATCH', { 'if-match': '*' })).statusCode).toBe(200);
  });

  it('takes a change without a condition where that is optional, and can be told to create only', async () => {
    expect((await send('PUT')).statusCode).toBe(200);
    expect((await send('PUT', { 'if-none-match': '*' })).statusCode).toBe(412);
    stored = null;
    expect((await send('PUT', { 'if-match': '*' })).statusCode).toBe(412);
    expect((await send('PUT', { 'if-none-match': '*' })).statusCode).toBe(200);
  });
});
