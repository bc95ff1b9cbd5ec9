import type { z } from 'zod';
import type { ErrorCode } from './errors.js';
import type { KeyScope } from './key-scopes.js';
import type { Role } from './primitives.js';

export type HttpMethod = 'get' | 'post' | 'put' | 'patch' | 'delete';
/**
 * `public`: no credential; `device`: a device credential; `installation-admin`: whoever may do everything in every
 * project; otherwise the roles that may call (admin always may), each in its project.
 */
export type Access = 'public' | 'device' | 'installation-admin' | readonly Role[];

/** A body that is streamed, never buffered whole. */
export type StreamBody = 'application/zip' | 'application/octet-stream';

/**
 * How an operation keeps clients from overwriting each other's changes. Answers carry an `ETag`, the digest of what they
 * show; a GET honours `If-None-Match`. A PATCH, PUT or DELETE must come with `If-Match` (`etag`), or may
 * (`etag-optional`, where it may also say `If-None-Match: *`: only if there is none yet).
 */
export type Concurrency = 'etag' | 'etag-optional';
const CHANGING: ReadonlySet<HttpMethod> = new Set(['patch', 'put', 'delete']);
/** Whether an operation changes a resource by its ETag. */
export const isConditional = ({ concurrency, method }: RouteDefinition): boolean =>
  concurrency !== undefined && CHANGING.has(method);

/** Whether an operation takes an `Idempotency-Key`: the same key and content give the first answer again. */
export const isRepeatable = ({ method, access }: RouteDefinition): boolean =>
  method === 'post' && access !== 'public' && access !== 'device';

/**
 * One HTTP operation, declared once: the server binds, validates and authorises by it, OpenAPI is written from it,
 * and clients are generated from that.
 */
export interface RouteDefinition {
  readonly operationId: string;
  readonly method: HttpMethod;
  /** OpenAPI path template, e.g. `/v1/tasks/{id}`. */
  readonly path: string;
  readonly summary: string;
  readonly tag: string;
  readonly access: Access;
  /** `installation`: the operation is not about what the project that the caller acts in holds. */
  readonly scope?: 'installation';
  /** What a narrowed API key must have to call it; a GET needs `read`, and any other without one refuses such keys. */
  readonly keyScope?: KeyScope;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  readonly streamBody?: StreamBody;
  /** Parts of a `multipart/form-data` body; those with a question mark may be left out, `files?` come any number of times. */
  readonly parts?: Readonly<Record<string, 'text' | 'file' | 'text?' | 'file?' | 'files?'>>;
  /** Status and JSON schema of success; `null` for an empty answer, a media type for bytes or event streams. */
  readonly success: {
    readonly status: number;
    readonly body: z.ZodType | null | `${string}/${string}`;
    /** Media type of the same as text, for those whose `Accept` names it. */
    readonly alternative?: `text/${string}`;
  };
  readonly errors: readonly ErrorCode[];
  readonly concurrency?: Concurrency;
  /** Units of the caller's rate limit, where the method does not tell: see `routeCost`. */
  readonly cost?: number;
}

/** Keeps the literal types of a route table while checking its shape. */
export const defineRoutes = <T extends Record<string, RouteDefinition>>(routes: T): T => routes;

type Parsed<T> = T extends z.ZodType ? z.infer<T> : undefined;
/** What a handler gets after validation. */
export interface RouteInput<R extends RouteDefinition> {
  params: Parsed<R['params']>;
  query: Parsed<R['query']>;
  body: Parsed<R['body']>;
}
export type RouteOutput<R extends RouteDefinition> = R['success']['body'] extends z.ZodType
  ? z.input<R['success']['body']>
  : unknown;
