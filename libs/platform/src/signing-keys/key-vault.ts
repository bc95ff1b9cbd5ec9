import { createHash } from 'node:crypto';
import { generateSigningKey, importSigner, TrustError, type Signer } from '@kernelcast/trust';
import { openSecret, sealSecret } from '@kernelcast/trust/node';

/** A signing key as it lies in the database. */
export interface SealedKey {
  readonly kid: string;
  /** Ed25519, raw, in base64url. */
  readonly publicKey: string;
  /** The sealed private half, or what its vault calls the key. */
  readonly sealedPrivateKey: Uint8Array;
  /** Name of the key-encryption key that it is sealed by; none for keys that were sealed before these had names. */
  readonly sealedBy?: string | null;
}

/** Where private halves of signing keys are: sealed in the database, or in a key management service. */
export interface KeyVault {
  /** As it is written down with each of its keys. */
  readonly name: string;
  /** Makes a key. */
  generate(): Promise<SealedKey>;
  /** @throws TrustError `seal_invalid` when the key is not one of this vault's */
  signer(key: SealedKey): Promise<Signer>;
}

/** Hexadecimal digits of a key-encryption key's name: enough to tell a handful apart, too few to learn it from. */
const KEK_ID_DIGITS = 16;

/** A sealed key opens only as the key it was sealed as. */
const contextOf = (kid: string): string => `signing-key:${kid}`;

/** Names a key-encryption key without giving it away. */
export const kekIdOf = (kek: Uint8Array): string =>
  createHash('sha256').update('kernelcast.kek-id/1:').update(kek).digest('hex').slice(0, KEK_ID_DIGITS);

/** Keeps private halves in the database, sealed by a key-encryption key (AES-256-GCM) from the service's configuration. */
export class SealedKeyVault implements KeyVault {
  readonly name = 'database';
  private readonly kekId: string;

  /** @param kek 32 bytes */
  constructor(private readonly kek: Uint8Array) {
    this.kekId = kekIdOf(kek);
  }

  async generate(): Promise<SealedKey> {
    const { kid, publicKey, privateKeyPkcs8 } = await generateSigningKey();
    return { kid, publicKey, ...this.seal(kid, privateKeyPkcs8) };
  }

  async signer(key: SealedKey): Promise<Signer> {
    return importSigner({ kid: key.kid, privateKeyPkcs8: this.open(key) });
  }

  /**
   * Seals a key anew that another key-encryption key has sealed.
   * @returns `undefined` when it is sealed by this one already
   * @throws TrustError `seal_invalid` when `previous` did not seal it either
   */
  reseal(key: SealedKey, previous: SealedKeyVault): SealedKey | undefined {
    if (key.sealedBy === this.kekId) return undefined;
    return { ...key, ...this.seal(key.kid, this.openWithEither(key, previous)) };
  }

  private openWithEither(key: SealedKey, previous: SealedKeyVault): Uint8Array {
    try {
      return previous.open(key);
    } catch (error) {
      // Sealed before keys had names, perhaps by this one.
      if (!(error instanceof TrustError) || typeof key.sealedBy === 'string') throw error;
      return this.open(key);
    }
  }

  private open({ kid, sealedPrivateKey, sealedBy }: SealedKey): Uint8Array {
    if (typeof sealedBy === 'string' && sealedBy !== this.kekId) {
      throw new TrustError('seal_invalid', `key ${kid} is sealed by ${sealedBy}, not by ${this.kekId}`);
    }
    return openSecret(sealedPrivateKey, this.kek, contextOf(kid));
  }

  private seal(kid: string, privateKey: Uint8Array): Pick<SealedKey, 'sealedPrivateKey' | 'sealedBy'> {
    return { sealedPrivateKey: sealSecret(privateKey, this.kek, contextOf(kid)), sealedBy: this.kekId };
  }
}
