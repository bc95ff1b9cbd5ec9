import { createSecretKey, hkdfSync } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { issueCredential, verifyCredential } from '@kernelcast/trust/node';
import type { CredentialClaims } from '@kernelcast/trust/node';

const DAY_MS = 86_400_000;
/** A device renews by its own key, so a short life costs it nothing, and a stolen credential is worth little. */
const CREDENTIAL_LIFETIME_MS = 7 * DAY_MS;
const KEY_BYTES = 32;

/** Issues and checks device credentials by MAC: no look-up, and any replica with the master key can do it. */
export class Credentials {
  private readonly key: KeyObject;

  constructor(masterKey: Uint8Array) {
    this.key = deriveKey(masterKey, 'kernelcast.credential/1');
  }

  issue(device: { id: string; epoch: number }, now: Date): { credential: string; credentialExpiresAt: string } {
    const expiresAt = new Date(now.getTime() + CREDENTIAL_LIFETIME_MS);
    expiresAt.setMilliseconds(0);
    const credential = issueCredential({ deviceId: device.id, epoch: device.epoch, expiresAt }, this.key);
    return { credential, credentialExpiresAt: expiresAt.toISOString() };
  }

  /** @throws TrustError `credential_invalid` or `credential_expired` */
  verify(token: string, now: Date): CredentialClaims {
    return verifyCredential(token, this.key, now);
  }
}

/** HKDF-SHA256 (RFC 5869): one master key, an independent key for each use. */
export function deriveKey(masterKey: Uint8Array, purpose: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', masterKey, new Uint8Array(0), purpose, KEY_BYTES)));
}
