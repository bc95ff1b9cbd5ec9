import type { RouteDefinition } from '@kernelcast/contracts';
import { routeOfMethod } from '@kernelcast/platform';
import type { DynamicModule, ForwardReference, Type } from '@nestjs/common';
import type { ApiRequest } from './registry-app.js';
import { sampleBody } from './sample-body.js';

export interface RouteCall {
  readonly method: string;
  readonly path: string;
  readonly request: ApiRequest;
}

/**
 * A request to an operation that its contract lets through: whatever then is refused is so for another reason.
 * @param values by the names of the path's placeholders, and of what the query must have
 * @param body instead of the smallest that the contract allows
 */
export const callOf = (route: RouteDefinition, values: Readonly<Record<string, string>>, body?: unknown): RouteCall => {
  const path = route.path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`nothing stands for {${name}} of ${route.path}`);
    return value;
  });
  const query = route.query?.safeParse({}).success === false ? `?${requiredQuery(route, values)}` : '';
  return { method: route.method.toUpperCase(), path: path + query, request: requestOf(route, body) };
};

const requestOf = ({ body, streamBody, concurrency }: RouteDefinition, given: unknown): ApiRequest => {
  const headers: Record<string, string> = concurrency === 'etag' ? { 'if-match': '"0"' } : {};
  if (streamBody) return { raw: 'bytes', headers: { ...headers, 'content-type': streamBody } };
  return { headers, ...(body && { body: given ?? sampleBody(body) }) };
};

const requiredQuery = ({ query }: RouteDefinition, values: Readonly<Record<string, string>>): string =>
  new URLSearchParams(
    Object.entries(sampleBody(query ?? fail()) as object).map(([name, value]) => [name, values[name] ?? String(value)]),
  ).toString();

const fail = (): never => {
  throw new Error('the operation has no query');
};

type Imported = Type | DynamicModule | ForwardReference | Promise<DynamicModule>;

const metadataOf = <T>(target: object, key: string): T[] => (Reflect.getMetadata(key, target) ?? []) as T[];

const controllersBelow = (imported: Imported, seen: Set<unknown>): Type[] => {
  const described = 'module' in imported ? imported : { module: imported as Type };
  if (seen.has(described.module)) return [];
  seen.add(described.module);
  const { imports = [], controllers = [] } = described as DynamicModule;
  const nested = [...imports, ...metadataOf<Imported>(described.module, 'imports')];
  return [
    ...controllers,
    ...metadataOf<Type>(described.module, 'controllers'),
    ...nested.flatMap((one) => controllersBelow(one, seen)),
  ];
};

/** Paths that a module's controllers answer without an operation of the contracts: nobody is asked who they are there. */
export const undeclaredHandlers = (module: Type | DynamicModule): string[] =>
  controllersBelow(module, new Set()).flatMap((controller) => {
    const methods = Object.values(Object.getOwnPropertyDescriptors(controller.prototype)).map(
      ({ value }) => value as unknown,
    );
    return methods.flatMap((method) => {
      if (typeof method !== 'function' || method === controller || routeOfMethod(method)) return [];
      return (Reflect.getMetadata('path', method) as string | undefined) ?? [];
    });
  });
