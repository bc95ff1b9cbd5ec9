import { generateSigningKey, importSigner } from '@kernelcast/trust';
import type { Signer } from '@kernelcast/trust';
import { openSecret, sealSecret } from '@kernelcast/trust/node';
import type { SigningKeysRepository, StoredSigningKey } from './signing-keys.repository.js';

/**
 * The key that signs manifests; made at the first start of the first replica.
 *
 * @throws TrustError `seal_invalid` when the stored key was sealed with another master key
 */
export async function loadManifestSigner(repository: SigningKeysRepository, masterKey: Uint8Array): Promise<Signer> {
  const { kid, sealedPrivateKey } = await repository.ensure('manifest', () => createManifestKey(masterKey));
  return importSigner({ kid, privateKeyPkcs8: openSecret(sealedPrivateKey, masterKey, contextOf(kid)) });
}

async function createManifestKey(masterKey: Uint8Array): Promise<StoredSigningKey> {
  const { kid, publicKey, privateKeyPkcs8 } = await generateSigningKey();
  const sealedPrivateKey = sealSecret(privateKeyPkcs8, masterKey, contextOf(kid));
  return { kid, role: 'manifest', publicKey, sealedPrivateKey };
}

/** A sealed key opens only as the key it was sealed as. */
function contextOf(kid: string): string {
  return `signing-key:${kid}`;
}
