import { z } from 'zod';
import { errorCatalogue, problemSchema, type ErrorCode } from '../common/errors.js';
import { keyScopeOf } from '../common/key-scopes.js';
import { isConditional, isRepeatable, type RouteDefinition } from '../common/route.js';
import { conditionalHeaders, entityTagHeader, notModified } from './conditional-requests.js';
import { rateLimitComponents, rateLimitCost, rateLimitHeaders, refusalHeaders } from './rate-limits.js';
import { idempotencyKey, replayedHeader } from './repeated-requests.js';
import { PROJECT_HEADER } from '../registry/projects.js';

/** Faults every operation may answer with, whatever it does. */
const COMMON: readonly ErrorCode[] = ['internal', 'rate_limited', 'service_unavailable', 'too_many_requests'];

const jsonSchema = (schema: z.ZodType, io: 'input' | 'output') => {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, target: 'draft-2020-12' });
  return rest;
};

const isForPeople = ({ access }: RouteDefinition): boolean => access !== 'public' && access !== 'device';

/** Codes a route may answer with: its own, those its shape implies, and the common ones. */
const errorCodes = (route: RouteDefinition): ErrorCode[] => {
  const codes = new Set<ErrorCode>([...route.errors, ...COMMON]);
  if (route.body || route.parts) codes.add('malformed_body').add('unsupported_media_type').add('body_too_large');
  if (route.body || route.query || route.params) codes.add('validation_failed');
  if (route.query && 'sort' in route.query.shape) codes.add('invalid_cursor');
  if (isRepeatable(route)) codes.add('idempotency_mismatch').add('validation_failed');
  if (isConditional(route)) codes.add('precondition_failed');
  if (isConditional(route) && route.concurrency === 'etag') codes.add('precondition_required');
  if (isForPeople(route)) codes.add('unauthenticated').add('forbidden').add('project_not_found');
  if (isForPeople(route) && route.scope !== 'installation' && route.method !== 'get') codes.add('project_archived');
  return [...codes].sort();
};

const problemResponses = (route: RouteDefinition) => {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of errorCodes(route)) {
    const { status } = errorCatalogue[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus]
      .sort(([a], [b]) => a - b)
      .map(([status, codes]) => [
        String(status),
        {
          description: codes.map((code) => `\`${code}\`: ${errorCatalogue[code].title}`).join('; '),
          ...headersField(refusalHeaders(route, Number(status))),
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      ]),
  );
};

const headersField = (headers: Readonly<Record<string, unknown>>) =>
  Object.keys(headers).length > 0 ? { headers } : {};

const contentOf = (body: z.ZodType | string) =>
  typeof body === 'string'
    ? { [body]: { schema: { type: 'string', format: 'binary' } } }
    : { 'application/json': { schema: jsonSchema(body, 'output') } };

const textOf = (mediaType: string | undefined) =>
  mediaType === undefined ? {} : { [mediaType]: { schema: { type: 'string' } } };

const successResponse = (route: RouteDefinition) => {
  const { status, body, alternative } = route.success;
  const description = status === 204 ? 'Done' : 'Success';
  return {
    description,
    ...headersField({ ...entityTagHeader(route), ...replayedHeader(route), ...rateLimitHeaders(route) }),
    ...(body === null ? {} : { content: { ...contentOf(body), ...textOf(alternative) } }),
  };
};

const parametersOf = (schema: z.ZodObject | undefined, place: 'path' | 'query') =>
  Object.entries(schema?.shape ?? {}).map(([name, value]) => ({
    name,
    in: place,
    required: place === 'path' || !(value as z.ZodType).safeParse(undefined).success,
    schema: jsonSchema(value as z.ZodType, 'input'),
  }));

const requestBody = (route: RouteDefinition) => {
  if (route.streamBody)
    return { required: true, content: { [route.streamBody]: { schema: { type: 'string', format: 'binary' } } } };
  if (route.parts) {
    const properties = Object.fromEntries(
      Object.entries(route.parts).map(([name, kind]) => {
        const item = { type: 'string', ...(kind.startsWith('file') ? { format: 'binary' } : {}) };
        return [name, kind === 'files?' ? { type: 'array', items: item } : item];
      }),
    );
    const required = Object.entries(route.parts).flatMap(([name, kind]) => (kind.endsWith('?') ? [] : [name]));
    const schema = { type: 'object', required, properties, additionalProperties: false };
    return { required: true, content: { 'multipart/form-data': { schema } } };
  }
  return route.body && { required: true, content: { 'application/json': { schema: jsonSchema(route.body, 'input') } } };
};

/** OpenAPI 3.1 lets any scheme name what it must allow: here, the scope of a narrowed API key. */
const security = (route: RouteDefinition) => {
  const { access } = route;
  if (access === 'public') return [];
  return access === 'device'
    ? [{ deviceCredential: [] }]
    : [{ apiKey: [keyScopeOf(route)].filter((scope) => scope !== undefined) }, { session: [] }];
};

/** Who may call: roles in the project, or whoever may do everything in all of them. */
const rolesOf = ({ access }: RouteDefinition) => {
  if (access === 'public' || access === 'device') return {};
  return { 'x-roles': access === 'installation-admin' ? [access] : [...new Set([...access, 'admin'])] };
};

const operation = (route: RouteDefinition) => ({
  operationId: route.operationId,
  summary: route.summary,
  tags: [route.tag],
  security: security(route),
  ...rateLimitCost(route),
  ...rolesOf(route),
  parameters: [
    ...parametersOf(route.params, 'path'),
    ...parametersOf(route.query, 'query'),
    ...conditionalHeaders(route),
    ...idempotencyKey(route),
    ...(isForPeople(route) ? [{ $ref: '#/components/parameters/Project' }] : []),
  ],
  ...(route.body || route.streamBody || route.parts ? { requestBody: requestBody(route) } : {}),
  responses: {
    [String(route.success.status)]: successResponse(route),
    ...notModified(route),
    ...problemResponses(route),
  },
});

export interface OpenApiInfo {
  readonly title: string;
  readonly version: string;
  /** Requests that the service sends, by the name of their event. */
  readonly webhooks?: Readonly<Record<string, unknown>>;
}

const projectParameter = {
  name: PROJECT_HEADER,
  in: 'header',
  description: 'Id or name of the project to act in; needed by who has several',
  schema: { type: 'string', maxLength: 64 },
};

/**
 * Writes the OpenAPI 3.1 document of a route table. Deterministic: the same table gives the same bytes, so that the
 * committed copy can be compared.
 */
export const buildOpenApi = (routes: Record<string, RouteDefinition>, info: OpenApiInfo) => {
  const { webhooks, ...described } = info;
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of Object.values(routes)) {
    paths[route.path] = { ...paths[route.path], [route.method]: operation(route) };
  }
  return {
    openapi: '3.1.0',
    info: described,
    paths,
    ...(webhooks ? { webhooks } : {}),
    components: {
      schemas: { Problem: jsonSchema(problemSchema, 'output') },
      headers: rateLimitComponents,
      parameters: { Project: projectParameter },
      securitySchemes: {
        apiKey: { type: 'http', scheme: 'bearer', description: 'An API key `kc_…`, or the token of a session `kcs_…`' },
        session: { type: 'apiKey', in: 'cookie', name: 'kernelcast_session' },
        deviceCredential: { type: 'http', scheme: 'bearer', description: 'A device credential' },
      },
    },
  };
};
