import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { TrustError } from '../trust.error.js';

const VERSION = 1;
const SALT_BYTES = 16;
const IV_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const HEADER_BYTES = 1 + SALT_BYTES + IV_BYTES;
const CIPHER = 'aes-256-gcm';
const PURPOSE = 'kernelcast.seal/1';

/**
 * Encrypts a secret to be stored: AES-256-GCM under a key that HKDF-SHA256 (RFC 5869) derives from the master key
 * and a fresh salt, so no two secrets share a key. Layout: version 1, salt 16, IV 12, ciphertext, tag 16 bytes.
 *
 * @param masterKey at least 32 random bytes
 * @param context what the secret is, such as `signing-key:<kid>`: a sealed secret opens only under the same context,
 *   so that rows of a table cannot be swapped
 * @throws RangeError when the master key is too short.
 */
export function sealSecret(secret: Uint8Array, masterKey: Uint8Array, context = ''): Uint8Array {
  const salt = randomBytes(SALT_BYTES);
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, deriveKey(masterKey, salt), iv, { authTagLength: TAG_BYTES });
  cipher.setAAD(associated(context));
  const ciphertext = Buffer.concat([cipher.update(secret), cipher.final()]);
  return new Uint8Array(Buffer.concat([Uint8Array.of(VERSION), salt, iv, ciphertext, cipher.getAuthTag()]));
}

/**
 * Opens what {@link sealSecret} made.
 *
 * @throws TrustError `seal_invalid` for another master key, another context or changed bytes.
 */
export function openSecret(sealed: Uint8Array, masterKey: Uint8Array, context = ''): Uint8Array {
  if (sealed.length < HEADER_BYTES + TAG_BYTES || sealed[0] !== VERSION) {
    throw new TrustError('seal_invalid', 'not a sealed secret');
  }
  const key = deriveKey(masterKey, sealed.subarray(1, 1 + SALT_BYTES));
  const iv = sealed.subarray(1 + SALT_BYTES, HEADER_BYTES);
  const decipher = createDecipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES });
  decipher.setAAD(associated(context));
  decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
  try {
    const opened = decipher.update(sealed.subarray(HEADER_BYTES, sealed.length - TAG_BYTES));
    return new Uint8Array(Buffer.concat([opened, decipher.final()]));
  } catch (cause) {
    throw new TrustError('seal_invalid', 'another master key or context, or changed bytes', { cause });
  }
}

function deriveKey(masterKey: Uint8Array, salt: Uint8Array): Uint8Array {
  if (masterKey.length < KEY_BYTES) throw new RangeError(`a master key has at least ${KEY_BYTES} bytes`);
  return new Uint8Array(hkdfSync('sha256', masterKey, salt, PURPOSE, KEY_BYTES));
}

function associated(context: string): Uint8Array {
  return new TextEncoder().encode(`${PURPOSE}:${context}`);
}
