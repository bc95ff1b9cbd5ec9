import { createHash } from 'node:crypto';
import { canonicalJson } from '@kernelcast/artifact';

/** One change: who did what to which resource. */
export interface AuditEntry {
  readonly at: Date;
  /** Null for what concerns the whole installation, and in entries that are older than projects. */
  readonly projectId: string | null;
  readonly actor: string;
  /** `<resource kind>.<verb>`, e.g. `task.create` */
  readonly action: string;
  /** Id of what was changed. */
  readonly resource: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly requestId: string;
}

/** `hash` of the entry that never was, before the first one. */
export const CHAIN_START = '';

/**
 * Hash of an entry and of the hash before it, SHA-256 in hexadecimal over canonical JSON: no entry can be changed,
 * added between others or removed without every later hash becoming wrong.
 */
export const chainHash = (previous: string, entry: AuditEntry): string => {
  const { at, projectId, actor, action, resource, before, after, requestId } = entry;
  // Left out where there is none: entries that are older than projects keep their hashes.
  const owner = projectId === null ? {} : { projectId };
  const content = { previous, at: at.toISOString(), ...owner, actor, action, resource, before, after, requestId };
  return createHash('sha256').update(canonicalJson(content)).digest('hex');
};
