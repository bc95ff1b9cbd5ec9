import { createHash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { canonicalJson } from '@kernelcast/artifact';
import { AppError } from '../errors/app-error.js';
import { entityTag, matchesTag, namesTag } from './entity-tag.js';

/** What a request says about the state in which it expects a resource (RFC 9110, section 13.1). */
export interface Precondition {
  readonly ifMatch?: string;
  readonly ifNoneMatch?: string;
}

export const preconditionOf = (headers: IncomingHttpHeaders): Precondition => ({
  ifMatch: headers['if-match'],
  ifNoneMatch: headers['if-none-match'],
});

/**
 * Strong entity tag of a resource as the API shows it: the SHA-256 of its JSON in one canonical order. The same
 * representation has the same tag on every replica, and nothing has to be counted or stored for that.
 */
export const representationTag = (representation: unknown): string => {
  const shown: unknown = JSON.parse(JSON.stringify(representation));
  return entityTag(createHash('sha256').update(canonicalJson(shown)).digest('base64url'));
};

/**
 * Refuses a change of something that is no longer as the client saw it. Call it in the transaction of the change, with
 * the row locked, and with `current` as the resource's GET shows it; null where there is no such resource yet.
 * @throws AppError `precondition_failed`
 */
export const assertPrecondition = ({ ifMatch, ifNoneMatch }: Precondition = {}, current: unknown): void => {
  const tag = current === null ? undefined : representationTag(current);
  if (ifMatch !== undefined && !(tag !== undefined && namesTag(ifMatch, tag))) {
    throw new AppError('precondition_failed', tag && `The resource has changed: its ETag is ${tag} now.`);
  }
  if (tag !== undefined && matchesTag(ifNoneMatch, tag)) {
    throw new AppError('precondition_failed', 'There is such a resource, which If-None-Match rules out.');
  }
};
