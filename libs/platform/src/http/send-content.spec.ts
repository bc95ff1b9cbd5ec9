import { Readable } from 'node:stream';
import { Controller, Get, Module, Req, Res } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AppError } from '../errors/app-error.js';
import { HealthModule } from '../health/health.module.js';
import { createLogger } from '../logging/logger.js';
import { bootstrapHttp } from './bootstrap-http.js';
import { sendContent } from './send-content.js';

const BYTES = Buffer.from('0123456789');
const TAG = '"sha256:ab"';
let storeIsAway = false;

@Controller()
class ContentController {
  @Get('/content')
  get(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply) {
    return sendContent(request, reply, {
      digest: 'sha256:ab',
      size: BYTES.length,
      cacheControl: 'public, immutable',
      disposition: 'attachment; filename="x"',
      open: ({ start, end } = { start: 0, end: BYTES.length - 1 }) =>
        storeIsAway
          ? Promise.reject(new AppError('service_unavailable'))
          : Promise.resolve(Readable.from([BYTES.subarray(start, end + 1)])),
    });
  }
}

@Module({ imports: [HealthModule.forRoot({ service: 's', version: '0' })], controllers: [ContentController] })
class ContentModule {}

describe('sendContent', () => {
  let app: NestFastifyApplication;
  beforeAll(async () => {
    app = await bootstrapHttp(ContentModule, { logger: createLogger({ service: 's', level: 'silent' }) });
  });
  afterAll(() => app.close());
  beforeEach(() => (storeIsAway = false));

  const get = (headers: Record<string, string> = {}) => app.inject({ method: 'GET', url: '/content', headers });

  it('sends all of it, with what caches need to know', async () => {
    const answer = await get();
    expect([answer.statusCode, answer.body]).toEqual([200, '0123456789']);
    expect(answer.headers).toMatchObject({
      etag: TAG,
      'cache-control': 'public, immutable',
      'accept-ranges': 'bytes',
      'content-length': '10',
      'content-disposition': 'attachment; filename="x"',
    });
  });

  it('sends nothing to those who have it', async () => {
    const answer = await get({ 'if-none-match': `W/${TAG}`, range: 'bytes=0-1' });
    expect([answer.statusCode, answer.body, answer.headers.etag]).toEqual([304, '', TAG]);
  });

  it.each([
    ['bytes=4-', '456789', 'bytes 4-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=2-2', '2', 'bytes 2-2/10'],
  ])('sends the part %s', async (range, body, contentRange) => {
    const answer = await get({ range, 'if-range': TAG });
    expect([answer.statusCode, answer.body]).toEqual([206, body]);
    expect(answer.headers).toMatchObject({ 'content-range': contentRange, 'content-length': String(body.length) });
  });

  it('sends all of it when the part is of something else', async () => {
    const answer = await get({ range: 'bytes=4-', 'if-range': '"other"' });
    expect([answer.statusCode, answer.body]).toEqual([200, '0123456789']);
  });

  it('refuses a part past the end, and says how much there is', async () => {
    const answer = await get({ range: 'bytes=10-' });
    expect(answer.json()).toMatchObject({ status: 416, code: 'range_not_satisfiable' });
    expect(answer.headers).toMatchObject({ 'content-range': 'bytes */10', 'cache-control': 'no-store' });
    expect(answer.headers).not.toHaveProperty('etag');
  });

  it('lets no cache keep a failure in the place of the bytes', async () => {
    storeIsAway = true;
    const answer = await get({ range: 'bytes=4-' });
    expect(answer.json()).toMatchObject({ status: 503, code: 'service_unavailable' });
    expect(answer.headers).toMatchObject({ 'cache-control': 'no-store', 'retry-after': '5' });
    for (const header of ['etag', 'content-range']) expect(answer.headers).not.toHaveProperty(header);
  });
});
