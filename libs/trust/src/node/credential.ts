import { createHmac, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { TrustError } from '../trust.error.js';

/** What a device credential proves. */
export interface CredentialClaims {
  deviceId: string;
  /** Raised when the device is revoked: an older epoch is worth nothing. */
  epoch: number;
  /** Kept to whole seconds. */
  expiresAt: Date;
}

/** The secret of all delivery replicas. A `KeyObject` made once spares its set-up on every poll. */
export type CredentialKey = KeyObject | Uint8Array;

/** Names the layout; also keeps the MAC from being valid for any other use of the key. */
const PREFIX = 'kcd1';
/** Longer than any token we issue; nothing longer is hashed. */
const MAX_TOKEN_LENGTH = 200;
const BODY_PATTERN = /^kcd1\.([A-Za-z0-9_-]{1,64})\.(0|[1-9][0-9]{0,14})\.([1-9][0-9]{0,11})$/;

/**
 * Issues a credential: `kcd1.<deviceId>.<epoch>.<expiry, Unix seconds>.<HMAC-SHA256 of what precedes, base64url>`.
 *
 * @throws RangeError when a claim has no place in that layout.
 */
export function issueCredential({ deviceId, epoch, expiresAt }: CredentialClaims, key: CredentialKey): string {
  const body = `${PREFIX}.${deviceId}.${epoch}.${Math.floor(expiresAt.getTime() / 1000)}`;
  if (!BODY_PATTERN.test(body)) throw new RangeError('the claims do not fit a credential');
  return `${body}.${macOf(body, key)}`;
}

/**
 * Verifies a credential without any look-up; whether its epoch is still current is the caller's to check.
 *
 * @throws TrustError `credential_invalid` or `credential_expired`
 */
export function verifyCredential(token: string, key: CredentialKey, now: Date): CredentialClaims {
  const end = token.lastIndexOf('.');
  if (end < 0 || token.length > MAX_TOKEN_LENGTH) throw invalid();
  const body = token.slice(0, end);
  if (!isEqual(token.slice(end + 1), macOf(body, key))) throw invalid();
  const [, deviceId, epoch, expiry] = BODY_PATTERN.exec(body) ?? [];
  if (deviceId === undefined) throw invalid();
  const expiresAt = new Date(Number(expiry) * 1000);
  if (now >= expiresAt) throw new TrustError('credential_expired', 'the device credential has expired');
  return { deviceId, epoch: Number(epoch), expiresAt };
}

function macOf(body: string, key: CredentialKey): string {
  return createHmac('sha256', key).update(body).digest('base64url');
}

/** Compares the text, not the bytes it stands for: base64url has several texts for some bytes, a token only one. */
function isEqual(given: string, expected: string): boolean {
  const bytes = Buffer.from(given);
  const wanted = Buffer.from(expected);
  return bytes.length === wanted.length && timingSafeEqual(bytes, wanted);
}

/** One text for every fault, so that an answer teaches nothing about the key. */
function invalid(): TrustError {
  return new TrustError('credential_invalid', 'the device credential is not valid');
}
