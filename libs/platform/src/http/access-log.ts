import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import { requestFields } from './request-context.js';

/** One line a request. What only reads and succeeds is worth a line at the debug level alone: devices poll for ever. */
export const useAccessLog = (fastify: FastifyInstance, logger: Logger): void => {
  fastify.addHook('onResponse', (request, reply, done) => {
    const quiet = request.method === 'GET' && reply.statusCode < 400;
    logger[quiet ? 'debug' : 'info'](
      {
        ...requestFields(request),
        method: request.method,
        url: request.url.split('?')[0],
        status: reply.statusCode,
        durationMs: Math.round(reply.elapsedTime),
      },
      'request',
    );
    done();
  });
};
