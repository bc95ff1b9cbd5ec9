import { flattenedJwsShape } from '@kernelcast/contracts';
import type { FlattenedJws } from '@kernelcast/contracts';
import { canonicalJson } from '@kernelcast/artifact';
import { base64url, decodeProtectedHeader, errors, FlattenedSign, flattenedVerify } from 'jose';
import type { CryptoKey } from 'jose';
import { importPublicKey, signBytes } from '../keys/signing-key.js';
import type { RemoteSigner, Signer } from '../keys/signing-key.js';
import type { TrustedKey } from '../keys/trust-root.js';
import { TrustError } from '../trust.error.js';

/** The only algorithm we sign and accept (RFC 8037). */
const ALGORITHM = 'EdDSA';
/** A manifest of 256 slots with their statements is about a quarter of this. In base64url characters. */
export const MAX_JWS_LENGTH = 2 ** 20;

export interface VerifiedJws {
  /** The signed bytes, exactly. */
  payload: Uint8Array;
  /** The payload parsed as JSON; its shape is the caller's to check. */
  json: unknown;
  kid: string;
}

/**
 * Signs a JSON payload as a flattened JWS (RFC 7515, 7.2.2) with `alg`, `kid` and `typ` protected. The payload is
 * written canonically and Ed25519 is deterministic, so equal payloads give byte-identical results.
 */
export async function signJws(payload: object, signer: Signer, typ: string): Promise<FlattenedJws> {
  const bytes = new TextEncoder().encode(canonicalJson(payload));
  const header = { alg: ALGORITHM, kid: signer.kid, typ };
  if ('sign' in signer) return signRemotely(bytes, header, signer);
  const signed = await new FlattenedSign(bytes).setProtectedHeader(header).sign(signer.key);
  return flattenedJwsShape.parse(signed);
}

/** RFC 7515, 5.1, for a key that only its holder can sign with. */
async function signRemotely(bytes: Uint8Array, header: object, signer: RemoteSigner): Promise<FlattenedJws> {
  const encoder = new TextEncoder();
  const protectedHeader = base64url.encode(encoder.encode(JSON.stringify(header)));
  const payload = base64url.encode(bytes);
  const signature = await signBytes(encoder.encode(`${protectedHeader}.${payload}`), signer);
  return flattenedJwsShape.parse({ protected: protectedHeader, payload, signature });
}

/**
 * Verifies a flattened JWS against the keys that may have signed it. Nothing of the payload is parsed before its
 * signature holds; the key is chosen by `kid` among those given, never taken from the message.
 *
 * @param jws hostile input of any shape
 * @param expected `typ`: what the signer meant it for, so that one kind of message cannot pass for another
 * @throws TrustError `jws_malformed`, `key_unknown` or `signature_invalid`
 */
export async function verifyJws(
  jws: unknown,
  keys: readonly TrustedKey[],
  expected: { typ: string },
): Promise<VerifiedJws> {
  const message = parseMessage(jws);
  const { kid, typ } = readHeader(message);
  const trusted = keys.find((key) => key.kid === kid);
  if (trusted === undefined) throw new TrustError('key_unknown', 'no trusted key of this role has the kid');
  const payload = await verifySignature(message, await loadKey(trusted));
  if (typ !== expected.typ) throw new TrustError('jws_malformed', `the typ is not ${expected.typ}`);
  return { payload, json: parseJson(payload), kid };
}

function parseMessage(jws: unknown): FlattenedJws {
  const parsed = flattenedJwsShape.safeParse(jws);
  if (!parsed.success) throw new TrustError('jws_malformed', 'not a flattened JWS', { cause: parsed.error });
  const { protected: header, payload, signature } = parsed.data;
  if (header.length + payload.length + signature.length > MAX_JWS_LENGTH) {
    throw new TrustError('jws_malformed', `longer than ${MAX_JWS_LENGTH} characters`);
  }
  return parsed.data;
}

function readHeader(message: FlattenedJws): { kid: string; typ: unknown } {
  let header: Record<string, unknown>;
  try {
    header = decodeProtectedHeader(message);
  } catch (cause) {
    throw new TrustError('jws_malformed', 'the protected header cannot be read', { cause });
  }
  const { alg, kid, typ, crit } = header;
  if (alg !== ALGORITHM) throw new TrustError('jws_malformed', `the algorithm is not ${ALGORITHM}`);
  if (crit !== undefined) throw new TrustError('jws_malformed', 'it needs an extension of RFC 7515; none is used here');
  if (typeof kid !== 'string') throw new TrustError('jws_malformed', 'the protected header has no kid');
  return { kid, typ };
}

async function loadKey(trusted: TrustedKey): Promise<CryptoKey> {
  try {
    return await importPublicKey(trusted.publicKey);
  } catch (cause) {
    throw new TrustError('key_unknown', `the trusted key ${trusted.kid} is not an Ed25519 key`, { cause });
  }
}

async function verifySignature(message: FlattenedJws, key: CryptoKey): Promise<Uint8Array> {
  try {
    const { payload } = await flattenedVerify(message, key, { algorithms: [ALGORITHM] });
    return payload;
  } catch (cause) {
    if (cause instanceof errors.JWSSignatureVerificationFailed) {
      throw new TrustError('signature_invalid', 'the signature does not fit the message', { cause });
    }
    throw new TrustError('jws_malformed', 'the message breaks RFC 7515', { cause });
  }
}

function parseJson(payload: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(payload));
  } catch (cause) {
    throw new TrustError('jws_malformed', 'the payload is not JSON', { cause });
  }
}
