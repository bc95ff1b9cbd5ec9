import type { TrustErrorCode } from '@kernelcast/trust';
import { ceilingOf } from '../client/backoff.js';
import type { BackoffPolicy } from '../client/backoff.js';
import { describeError } from '../device.errors.js';
import type { DeviceErrorCode } from '../device.errors.js';
import type { Failure } from '../state/device-state.schema.js';

/** Faults of the bytes, or of what is said about them. Anything else may be the line's, the disk's or the memory's. */
const LASTING = new Set<string>([
  'artifact_invalid',
  'base_mismatch',
  'blob_missing',
  'blob_tampered',
  'golden_mismatch',
  'jws_malformed',
  'key_unknown',
  'labels_mismatch',
  'signature_invalid',
  'statement_mismatch',
] satisfies (DeviceErrorCode | TrustErrorCode)[]);
const PASSING_BACKOFF: BackoffPolicy = { baseMs: 30_000, capMs: 30 * 60_000 };
/** The same bytes fail again, though a cache on the way may mend. */
const LASTING_BACKOFF: BackoffPolicy = { baseMs: 5 * 60_000, capMs: 24 * 3_600_000 };

/** Whether trying the same bytes again is of no use. */
export const isLasting = (error: unknown): boolean => LASTING.has(describeError(error).code);

/** The memory of a digest that could not be activated, so that it is not tried in a tight loop. */
export function rememberFailure(error: unknown, before: Failure | undefined, now: Date): Failure {
  const { code, detail } = describeError(error);
  const attempts = (before?.attempts ?? 0) + 1;
  const delay = ceilingOf(isLasting(error) ? LASTING_BACKOFF : PASSING_BACKOFF, attempts - 1);
  return { code, detail, attempts, retryAt: new Date(now.getTime() + delay).toISOString() };
}

/** Whether it is too early to try a digest again. A clock set back by more than the longest delay does not block it. */
export function isTooEarly(failure: Failure | undefined, now: Date): boolean {
  if (failure === undefined) return false;
  const left = Date.parse(failure.retryAt) - now.getTime();
  return left > 0 && left <= LASTING_BACKOFF.capMs;
}
