import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { toBase62 } from './base62.js';

/** Every kind of secret that we hand out to people, and what it starts with: ADR 10. */
const credentialPrefixes = {
  apiKey: 'kc_',
  session: 'kcs_',
  /** Redeemed once, for a new password. */
  passwordReset: 'kcr_',
  /** Redeemed once, for the first admin. */
  bootstrap: 'kcb_',
} as const;
type CredentialKind = keyof typeof credentialPrefixes;

const SECRET_BYTES = 32;
/** 62^43 > 2^256 */
const SECRET_LENGTH = 43;
/** 62^6 > 2^32 */
const CHECKSUM_LENGTH = 6;
const FORMAT = /^(kc[srb]?_)([A-Za-z0-9]{43})([A-Za-z0-9]{6})$/;
/** API keys of the first release, and those that operators make themselves: base64url without a checksum. */
const WITHOUT_CHECKSUM = /^kc_[A-Za-z0-9_-]{43}$/;

/** CRC-32 of all before it: finds typos and tells a key from what merely looks like one; it protects nothing. */
const checksumOf = (text: string): string => toBase62(BigInt(crc32(text)), CHECKSUM_LENGTH);

/** Writes 32 bytes as a credential: prefix, the bytes in base 62, checksum. */
export const writeCredential = (kind: CredentialKind, bytes: Buffer): string => {
  const text = credentialPrefixes[kind] + toBase62(BigInt(`0x${bytes.toString('hex')}`), SECRET_LENGTH);
  return text + checksumOf(text);
};

/** A new credential of 256 random bits. */
export const newCredential = (kind: CredentialKind): string => writeCredential(kind, randomBytes(SECRET_BYTES));

/** Whether a text can be a credential of a kind: what cannot need not be looked up. */
export const isCredential = (kind: CredentialKind, text: string): boolean => {
  if (kind === 'apiKey' && WITHOUT_CHECKSUM.test(text)) return true;
  const [, prefix = '', secret = '', checksum] = FORMAT.exec(text) ?? [];
  return prefix === credentialPrefixes[kind] && checksumOf(prefix + secret) === checksum;
};
