import { z } from 'zod';
import type { RouteDefinition } from './route.js';

/** What the role of an API key can be narrowed to. `read`: all operations that change nothing. */
export const keyScopeSchema = z.enum([
  'read',
  'bases:write',
  'datasets:write',
  'tasks:write',
  'jobs:write',
  'modulators:approve',
  'rollouts:write',
  'devices:enrol',
  'devices:write',
  'admin:write',
]);
export type KeyScope = z.infer<typeof keyScopeSchema>;

/** The scope that a narrowed key must have for an operation; undefined for one that no such key may call. */
export const keyScopeOf = ({ method, keyScope }: Pick<RouteDefinition, 'method' | 'keyScope'>): KeyScope | undefined =>
  keyScope ?? (method === 'get' ? 'read' : undefined);
