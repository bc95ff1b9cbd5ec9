import { Catch, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import { PROBLEM_CONTENT_TYPE, toProblem } from './problem.js';
import { toAppError, type ErrorClassifier } from './to-app-error.js';

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
      requestId: request.id,
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
    void reply.code(refusal.status).header('content-type', PROBLEM_CONTENT_TYPE).send(toProblem(refusal, request.id));
  }
}
