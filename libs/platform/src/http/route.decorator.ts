import { Readable } from 'node:stream';
import {
  applyDecorators,
  createParamDecorator,
  HttpCode,
  RequestMapping,
  RequestMethod,
  SetMetadata,
  type ExecutionContext,
} from '@nestjs/common';
import type { HttpMethod, RouteDefinition } from '@kernelcast/contracts';
import type { FastifyRequest } from 'fastify';
import type { ZodType } from 'zod';
import { AppError, type RequestFault } from '../errors/app-error.js';
import { faultsOf } from '../errors/to-app-error.js';

const ROUTE_METADATA = 'kernelcast:route';

const METHODS: Readonly<Record<HttpMethod, RequestMethod>> = {
  get: RequestMethod.GET,
  post: RequestMethod.POST,
  put: RequestMethod.PUT,
  patch: RequestMethod.PATCH,
  delete: RequestMethod.DELETE,
};

/** `/v1/tasks/{id}` as OpenAPI writes it, `/v1/tasks/:id` as Nest does. */
export const toNestPath = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

/** Binds a controller's method to an operation of the contracts: method, path, status of success, and who may call. */
export const Route = (route: RouteDefinition): MethodDecorator =>
  applyDecorators(
    RequestMapping({ method: METHODS[route.method], path: toNestPath(route.path) }),
    HttpCode(route.success.status),
    SetMetadata(ROUTE_METADATA, route),
  );

const readRoute = (handler: object): RouteDefinition | undefined =>
  Reflect.getMetadata(ROUTE_METADATA, handler) as RouteDefinition | undefined;

/** The operation that a handler was bound to by `@Route`; `undefined` for handlers outside of the contracts. */
export const routeOf = (context: ExecutionContext): RouteDefinition | undefined => readRoute(context.getHandler());
/** The same for a method found on a controller's prototype. */
export const routeOfMethod = (method: unknown): RouteDefinition | undefined =>
  typeof method === 'function' ? readRoute(method) : undefined;

type Part = 'params' | 'query' | 'body';

/**
 * Parses the parts of a request by a route's schemas; parts without a schema come back as `undefined`.
 * @throws AppError `validation_failed` with the faults of all parts
 */
export const parseInput = (
  route: RouteDefinition,
  request: { params?: unknown; query?: unknown; body?: unknown },
): Record<Part, unknown> => {
  const faults: RequestFault[] = [];
  const parse = (schema: ZodType | undefined, part: Part): unknown => {
    const result = schema?.safeParse(request[part]);
    if (result?.error) faults.push(...faultsOf(result.error, part));
    return result?.data;
  };
  const input = {
    params: parse(route.params, 'params'),
    query: parse(route.query, 'query'),
    body: parse(route.body, 'body'),
  };
  if (faults.length > 0) throw new AppError('validation_failed', undefined, { errors: faults });
  return input;
};

/** The parsed request, `RouteInput<typeof routes.x>`, of a handler bound by `@Route`. */
export const Input = createParamDecorator((_: unknown, context: ExecutionContext) => {
  const route = routeOf(context);
  if (!route) throw new Error(`@Input() needs @Route() on ${context.getClass().name}.${context.getHandler().name}`);
  return parseInput(route, context.switchToHttp().getRequest<FastifyRequest>());
});

/** The unread body of a route with a `streamBody`. The handler reads it, and limits it. */
export const BodyStream = createParamDecorator((_: unknown, context: ExecutionContext): Readable => {
  const { body } = context.switchToHttp().getRequest<FastifyRequest>();
  if (body instanceof Readable) return body;
  throw new AppError('malformed_body', 'The request has no body.');
});
