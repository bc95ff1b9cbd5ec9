import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { WebhookSigning } from '@kernelcast/contracts';

/** Standard Webhooks asks for 24 to 64. */
const SECRET_BYTES = 32;
const SECRET_PREFIX = 'whsec_';
const PUBLIC_PREFIX = 'whpk_';
/** PKCS #8 of an Ed25519 key is this and the 32 bytes of its seed: RFC 8410, section 7. */
const PKCS8_HEAD = Buffer.from('302e020100300506032b657004220420', 'hex');
const RAW_KEY_BYTES = 32;

/** What signs the requests of a webhook. */
export interface WebhookSecret {
  /** Key of the HMAC, or seed of the Ed25519 key. */
  readonly bytes: Uint8Array;
  /** As receivers of `v1` get it. */
  readonly shown: string | null;
  /** As receivers of `v1a` get it. */
  readonly publicKey: string | null;
}

const privateKeyOf = (seed: Uint8Array) =>
  createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: 'der', type: 'pkcs8' });

/** Makes a secret: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
export const newWebhookSecret = (signing: WebhookSigning): WebhookSecret => {
  if (signing === 'v1') {
    const bytes = randomBytes(SECRET_BYTES);
    return { bytes, shown: SECRET_PREFIX + bytes.toString('base64'), publicKey: null };
  }
  const { privateKey } = generateKeyPairSync('ed25519');
  const bytes = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(-RAW_KEY_BYTES);
  const raw = createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-RAW_KEY_BYTES);
  return { bytes, shown: null, publicKey: PUBLIC_PREFIX + raw.toString('base64') };
};

export interface SignedMessage {
  readonly id: string;
  /** Seconds since 1970. */
  readonly timestamp: number;
  readonly body: string;
}

const signature = (signing: WebhookSigning, secret: Uint8Array, content: string): string => {
  if (signing === 'v1') return createHmac('sha256', secret).update(content).digest('base64');
  return sign(null, Buffer.from(content), privateKeyOf(secret)).toString('base64');
};

/** Value of `webhook-signature`: one signature for each secret, of `<id>.<timestamp>.<body>`, separated by spaces. */
export const signatures = (
  signing: WebhookSigning,
  secrets: readonly Uint8Array[],
  { id, timestamp, body }: SignedMessage,
): string =>
  secrets.map((secret) => `${signing},${signature(signing, secret, `${id}.${timestamp}.${body}`)}`).join(' ');
