import { CREDENTIAL_CHALLENGE_PREFIX } from '@kernelcast/contracts';
import { signBytes, verifyBytes } from '../keys/signing-key.js';
import type { Signer } from '../keys/signing-key.js';

/** A server's nonce for one device. */
export interface Challenge {
  deviceId: string;
  nonce: string;
}

/** The device's answer that renews its credential: its key's raw signature, 64 bytes in base64url. */
export function signChallenge(challenge: Challenge, deviceKey: Signer): Promise<string> {
  return signBytes(messageOf(challenge), deviceKey);
}

/** Whether the device's key gave this answer; false for anything malformed. */
export function verifyChallenge(challenge: Challenge, signature: string, publicKey: string): Promise<boolean> {
  return verifyBytes(messageOf(challenge), signature, publicKey);
}

/** The prefix keeps a device key's signature over a nonce from meaning anything else. */
function messageOf({ deviceId, nonce }: Challenge): Uint8Array {
  return new TextEncoder().encode(`${CREDENTIAL_CHALLENGE_PREFIX}:${deviceId}:${nonce}`);
}
