import { createHash } from 'node:crypto';
import { canonicalJson } from '@kernelcast/artifact';
import { AppError, preconditionOf, routeOf } from '@kernelcast/platform';
import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Actor, Idempotency } from '../changes/actor.js';
import { authenticatedOf } from './request-principal.js';

/** Says that an answer is that of an earlier request with the same key. */
const REPLAYED_HEADER = 'idempotency-replayed';
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,200}$/;

/** Who asks for the change that a handler makes, with the request's idempotency key. */
export const CurrentActor = createParamDecorator((_: unknown, context: ExecutionContext): Actor => {
  const http = context.switchToHttp();
  const request = http.getRequest<FastifyRequest>();
  const { principal } = authenticatedOf(request);
  const idempotency = idempotencyOf(request, routeOf(context)?.operationId);
  const replayed = () => void http.getResponse<FastifyReply>().header(REPLAYED_HEADER, 'true');
  return {
    ...principal,
    requestId: request.id,
    idempotency: idempotency && { ...idempotency, replayed },
    precondition: preconditionOf(request.headers),
  };
});

/** Id of the project that the request acts in: nothing of any other may be shown or changed. */
export const CurrentProject = createParamDecorator(
  (_: unknown, context: ExecutionContext): string =>
    authenticatedOf(context.switchToHttp().getRequest<FastifyRequest>()).principal.projectId,
);

const idempotencyOf = (request: FastifyRequest, route = ''): Idempotency | undefined => {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !IDEMPOTENCY_KEY.test(key)) {
    const errors = [{ pointer: '/headers/idempotency-key', detail: 'must be 1 to 200 visible ASCII characters' }];
    throw new AppError('validation_failed', undefined, { errors });
  }
  return { key, route, fingerprint: fingerprintOf(request) };
};

/** Of the target and the JSON body. Handlers of streamed bodies set a fingerprint of their own. */
const fingerprintOf = ({ params, body, headers }: FastifyRequest): string => {
  const isJson = headers['content-type']?.startsWith('application/json');
  return createHash('sha256')
    .update(asText({ params, body: isJson ? body : undefined }))
    .digest('hex');
};

const asText = (content: unknown): string => {
  try {
    return canonicalJson(content);
  } catch (cause) {
    throw new AppError('validation_failed', 'The body is nested too deeply', { cause });
  }
};
