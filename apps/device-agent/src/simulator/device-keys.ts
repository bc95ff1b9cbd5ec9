import { createHmac, createPrivateKey, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import type { RemoteSigner } from '@kernelcast/trust';

/** What precedes the 32 bytes of an Ed25519 private key in PKCS #8 (RFC 8410, section 7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * Key pairs of simulated devices, each derived from the fleet's secret and the device's number: nothing is kept for a
 * device, and a restart has the same keys. For simulations only; a real device's key comes from its own randomness.
 */
export class DeviceKeys {
  /** @param secret random bytes of this fleet; whoever has them can act as every device of it */
  constructor(private readonly secret: Uint8Array) {}

  /** Raw Ed25519 public key, 32 bytes in base64url. */
  publicKey(device: number): string {
    const { x } = this.keyOf(device).export({ format: 'jwk' });
    if (x === undefined) throw new TypeError('the key has no public half');
    return x;
  }

  signer(device: number): RemoteSigner {
    const key = this.keyOf(device);
    return { kid: String(device), sign: (bytes) => Promise.resolve(new Uint8Array(sign(null, bytes, key))) };
  }

  private keyOf(device: number): KeyObject {
    const seed = createHmac('sha256', this.secret).update(`kernelcast.simulated-device/1:${device}`).digest();
    return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
  }
}
