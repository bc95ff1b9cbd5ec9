import { generateSigningKey, importSigner, type KeyRole, type Signer } from '@kernelcast/trust';
import { openSecret, sealSecret } from '@kernelcast/trust/node';

/** A signing key as it lies in the database: the private half sealed by the master key. */
export interface SealedKey {
  readonly kid: string;
  /** Ed25519, raw, in base64url. */
  readonly publicKey: string;
  readonly sealedPrivateKey: Uint8Array;
}

/** Keeps signing keys. */
export interface SealedKeyStore {
  /** The newest active key of a role; made by `create` when there is none, once however many processes ask. */
  ensure(role: KeyRole, create: () => Promise<SealedKey>): Promise<SealedKey>;
}

/**
 * The signer of a role. Its key is made at the first start of the first replica, and is the same for all of them.
 *
 * @param masterKey 32 bytes
 * @throws TrustError `seal_invalid` when the stored key was sealed by another master key: nothing could be signed then
 */
export const loadSigner = async (keys: SealedKeyStore, role: KeyRole, masterKey: Uint8Array): Promise<Signer> => {
  const { kid, sealedPrivateKey } = await keys.ensure(role, () => createSealedKey(masterKey));
  return importSigner({ kid, privateKeyPkcs8: openSecret(sealedPrivateKey, masterKey, contextOf(kid)) });
};

const createSealedKey = async (masterKey: Uint8Array): Promise<SealedKey> => {
  const { kid, publicKey, privateKeyPkcs8 } = await generateSigningKey();
  return { kid, publicKey, sealedPrivateKey: sealSecret(privateKeyPkcs8, masterKey, contextOf(kid)) };
};

/** A sealed key opens only as the key it was sealed as. */
const contextOf = (kid: string): string => `signing-key:${kid}`;
