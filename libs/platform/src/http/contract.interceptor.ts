import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { RouteDefinition } from '@kernelcast/contracts';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { map, type Observable } from 'rxjs';
import { AppError } from '../errors/app-error.js';
import { contractBreach } from './contract-breach.js';
import { routeOf } from './route.decorator.js';

const mediaTypeOf = (request: FastifyRequest): string =>
  request.headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';

const JSON_TYPE = 'application/json';

/** Clients send JSON's type also to operations that take no body. */
const expectedTypeOf = ({ streamBody, parts }: RouteDefinition): string =>
  streamBody ?? (parts ? 'multipart/form-data' : JSON_TYPE);

/** Holds both ends of a handler to its route: the content type that comes in and, when asked to, the body that goes out. */
export class ContractInterceptor implements NestInterceptor {
  constructor(private readonly options: { readonly checkResponses: boolean }) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const route = context.getType() === 'http' ? routeOf(context) : undefined;
    if (!route) return next.handle();
    const http = context.switchToHttp();
    this.checkMediaType(route, http.getRequest<FastifyRequest>());
    if (!this.options.checkResponses) return next.handle();
    const reply = http.getResponse<FastifyReply>();
    return next.handle().pipe(
      map((value: unknown) => {
        this.checkResponse(route, value, reply);
        return value;
      }),
    );
  }

  private checkMediaType(route: RouteDefinition, request: FastifyRequest): void {
    if (route.method === 'get') return;
    const expected = expectedTypeOf(route);
    const given = mediaTypeOf(request);
    // A JSON body may be absent, when its schema allows that; then there is no content type either.
    if (given === '' && expected === JSON_TYPE && request.body === undefined) return;
    if (given !== expected)
      throw new AppError('unsupported_media_type', `Expected ${expected}, got ${given || 'no content type'}.`);
  }

  private checkResponse(route: RouteDefinition, value: unknown, reply: FastifyReply): void {
    // Handlers that write the answer themselves (streams, 304) have done so by now.
    if (reply.sent || reply.raw.headersSent || reply.statusCode !== route.success.status) return;
    const breach = contractBreach(route, value);
    if (breach) throw new Error(`${route.operationId} broke its contract: ${breach}`);
  }
}
