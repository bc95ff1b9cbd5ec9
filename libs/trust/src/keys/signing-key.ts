import { base64url, calculateJwkThumbprint } from 'jose';
import type { CryptoKey } from 'jose';

const ED25519 = 'Ed25519';

/** A new key pair to store: the private half belongs sealed at rest (`sealSecret`), never in a log. */
export interface SigningKey {
  /** RFC 7638 thumbprint of the public key. */
  kid: string;
  /** Raw Ed25519 public key (RFC 8032), 32 bytes in base64url. */
  publicKey: string;
  /** PKCS #8 DER (RFC 8410). */
  privateKeyPkcs8: Uint8Array;
}

/** A private key ready to sign; it cannot be exported again. */
export interface LocalSigner {
  kid: string;
  key: CryptoKey;
}

/** A private key that another system holds and signs with, such as a key management service. */
export interface RemoteSigner {
  kid: string;
  /** Ed25519 (RFC 8032) over the bytes as they are: 64 bytes. */
  sign(bytes: Uint8Array): Promise<Uint8Array>;
}

export type Signer = LocalSigner | RemoteSigner;

/** Makes an Ed25519 key pair by WebCrypto. */
export async function generateSigningKey(): Promise<SigningKey> {
  const pair = await crypto.subtle.generateKey(ED25519, true, ['sign', 'verify']);
  if (!('privateKey' in pair)) throw new TypeError('WebCrypto gave no key pair');
  const publicKey = base64url.encode(new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)));
  const privateKeyPkcs8 = new Uint8Array(await crypto.subtle.exportKey('pkcs8', pair.privateKey));
  return { kid: await keyIdOf(publicKey), publicKey, privateKeyPkcs8 };
}

/** Loads a stored private key. @throws DOMException when it is not an Ed25519 key in PKCS #8. */
export async function importSigner(stored: Pick<SigningKey, 'kid' | 'privateKeyPkcs8'>): Promise<LocalSigner> {
  const pkcs8 = new Uint8Array(stored.privateKeyPkcs8);
  return { kid: stored.kid, key: await crypto.subtle.importKey('pkcs8', pkcs8, ED25519, false, ['sign']) };
}

/** The name of a raw public key: its RFC 7638 thumbprint (SHA-256, base64url). */
export function keyIdOf(publicKey: string): Promise<string> {
  return calculateJwkThumbprint({ kty: 'OKP', crv: ED25519, x: publicKey });
}

/** A public key ready to verify. @throws TypeError or DOMException when it is not a raw Ed25519 key in base64url. */
export async function importPublicKey(publicKey: string): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', new Uint8Array(base64url.decode(publicKey)), ED25519, false, ['verify']);
}

/** Signs bytes as they are: 64 bytes in base64url. */
export async function signBytes(bytes: Uint8Array, signer: Signer): Promise<string> {
  if ('sign' in signer) return base64url.encode(await signer.sign(bytes));
  const signature = await crypto.subtle.sign(ED25519, signer.key, new Uint8Array(bytes));
  return base64url.encode(new Uint8Array(signature));
}

/** Whether a signature by {@link signBytes} is valid; false too for a key or signature that cannot be read. */
export async function verifyBytes(bytes: Uint8Array, signature: string, publicKey: string): Promise<boolean> {
  try {
    const key = await importPublicKey(publicKey);
    return await crypto.subtle.verify(ED25519, key, new Uint8Array(base64url.decode(signature)), new Uint8Array(bytes));
  } catch {
    return false;
  }
}
