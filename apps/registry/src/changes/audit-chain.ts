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
  const { head, tail } = chainText(entry);
  return createHash('sha256').update(head).update(previous).update(tail).digest('hex');
};

/**
 * The canonical JSON of an entry that is hashed, in two parts: the hash before stands between them, as the member
 * `previous` among the others in their order. The database can so compute a hash whose predecessor only it knows.
 */
export const chainText = (entry: AuditEntry): { head: string; tail: string } => {
  const { at, projectId, actor, action, resource, before, after, requestId } = entry;
  // Left out where there is none: entries that are older than projects keep their hashes.
  const owner = projectId === null ? {} : { projectId };
  const head = canonicalJson({ at: at.toISOString(), actor, action, before, after });
  const tail = canonicalJson({ ...owner, requestId, resource });
  return { head: `${head.slice(0, -1)},"previous":"`, tail: `",${tail.slice(1)}` };
};
