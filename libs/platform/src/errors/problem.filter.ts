import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { requestFields } from '../http/request-context.js';
import type { AppError } from './app-error.js';
import { PROBLEM_CONTENT_TYPE, toProblem } from './problem.js';
import { toAppError, type ErrorClassifier } from './to-app-error.js';

/** Statuses that ask the client to come again: too many requests, a part of the service away. */
const TEMPORARY: ReadonlySet<number> = new Set([429, 503]);
/** Long enough for a database to fail over or restart, short enough for a person who waits. */
const RETRY_AFTER_SECONDS = 5;

/** Answers every error as problem+json, and logs those that are our fault, with their causes. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(
    private readonly logger: Logger,
    private readonly classify?: ErrorClassifier,
  ) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    this.answer(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>());
  }

  /** Also Fastify's own error handler, for what fails before Nest is reached. */
  answer(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    const refusal = toAppError(error, this.classify);
    const fields = {
      ...requestFields(request),
      method: request.method,
      url: request.url.split('?')[0],
      code: refusal.code,
    };
    if (refusal.status >= 500) this.logger.error({ ...fields, err: refusal.cause ?? refusal }, 'request failed');
    if (reply.sent || reply.raw.headersSent) {
      // The answer is half out: cutting the connection is the only way left to tell the client.
      reply.raw.destroy();
      return;
    }
    // A refusal is not the thing asked for: what a handler said of that thing does not hold for it.
    void reply.removeHeader('etag').headers(headersOf(refusal, reply));
    void reply.code(refusal.status).send(toProblem(refusal, request.id));
  }
}

const headersOf = ({ status, retryAfterSeconds }: AppError, reply: FastifyReply): Record<string, string> => ({
  'content-type': PROBLEM_CONTENT_TYPE,
  'cache-control': 'no-store',
  ...(TEMPORARY.has(status) && !reply.hasHeader('retry-after')
    ? { 'retry-after': String(Math.max(1, Math.ceil(retryAfterSeconds ?? RETRY_AFTER_SECONDS))) }
    : {}),
});
