import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { isConditional, type RouteDefinition } from '@kernelcast/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { AppError } from '../errors/app-error.js';
import { matchesTag } from './entity-tag.js';
import { representationTag } from './representation.js';
import { routeOf } from './route.decorator.js';

const NOT_MODIFIED = 304;
/** Whoever keeps an answer asks us before using it again. */
const REVALIDATE = 'private, no-cache';

/**
 * Entity tags of the operations that declare `concurrency`: tags what their handlers answer, spares the client an answer
 * that it has, and sends back a change that does not say what it has seen. Whether that still holds is for the handler to
 * find out, in the transaction of the change (`assertPrecondition`).
 */
export class ConcurrencyInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const route = context.getType() === 'http' ? routeOf(context) : undefined;
    if (!route?.concurrency) return next.handle();
    const http = context.switchToHttp();
    const { headers } = http.getRequest<FastifyRequest>();
    if (isConditional(route) && route.concurrency === 'etag' && headers['if-match'] === undefined) {
      throw new AppError('precondition_required', 'Get the resource first and send its ETag as If-Match.');
    }
    const reply = http.getResponse<FastifyReply>();
    return next.handle().pipe(map((value: unknown) => tagged(route, headers['if-none-match'], value, reply)));
  }
}

const tagged = (
  { method, success }: RouteDefinition,
  ifNoneMatch: string | undefined,
  value: unknown,
  reply: FastifyReply,
): unknown => {
  if (success.body === null || reply.sent || reply.statusCode !== success.status) return value;
  const tag = representationTag(value);
  reply.header('etag', tag);
  if (method !== 'get') return value;
  reply.header('cache-control', REVALIDATE);
  if (!matchesTag(ifNoneMatch, tag)) return value;
  reply.code(NOT_MODIFIED);
  return undefined;
};
