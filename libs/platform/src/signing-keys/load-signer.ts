import type { KeyRole, Signer } from '@kernelcast/trust';
import { SealedKeyVault, type SealedKey } from './key-vault.js';

/** Keeps signing keys. */
export interface SealedKeyStore {
  /** The active key of a role; made by `create` when there is none, once however many processes ask. */
  ensure(role: KeyRole, create: () => Promise<SealedKey>): Promise<SealedKey>;
}

/**
 * The signer of a role. Its key is made at the first start of the first replica, and is the same for all of them.
 *
 * @param masterKey 32 bytes
 * @throws TrustError `seal_invalid` when the stored key was sealed by another master key: nothing could be signed then
 */
export const loadSigner = async (keys: SealedKeyStore, role: KeyRole, masterKey: Uint8Array): Promise<Signer> => {
  const vault = new SealedKeyVault(masterKey);
  return vault.signer(await keys.ensure(role, () => vault.generate()));
};
