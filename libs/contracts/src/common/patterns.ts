/** SHA-256 in hexadecimal. */
export const HEX_DIGEST_PATTERN = /^[0-9a-f]{64}$/;
/** A ULID (https://github.com/ulid/spec), as ids have it behind their prefix. */
export const idPattern = (prefix: string): RegExp => new RegExp(`^${prefix}_[0-9A-HJKMNP-TV-Z]{26}$`);
export const SLUG_PATTERN = /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
export const SLUG_LENGTH = 63;
/** 32 bytes in base64url: a raw Ed25519 public key (RFC 8032). */
export const PUBLIC_KEY_PATTERN = /^[A-Za-z0-9_-]{43}$/;
export const BASE64URL_PATTERN = /^[A-Za-z0-9_-]+$/;
