import type { Database } from '@kernelcast/database';
import { SealedKeyVault } from '@kernelcast/platform';

/**
 * Seals every signing key of the database vault anew, release and manifest keys alike, by the key-encryption key that
 * the services have from now on. All or none; keys that are sealed by it already are left alone, so it may be repeated.
 *
 * @returns how many were sealed anew
 * @throws TrustError `seal_invalid` when one was sealed by neither key: then nothing has changed
 */
export function resealKeys(database: Database, previous: Uint8Array, current: Uint8Array): Promise<number> {
  const [before, after] = [new SealedKeyVault(previous), new SealedKeyVault(current)];
  return database.transaction(async (tx) => {
    const keys = await tx.signingKey.findMany({ where: { vault: after.name } });
    let resealed = 0;
    for (const key of keys) {
      const moved = after.reseal(key, before);
      if (moved === undefined) continue;
      const { sealedBy } = moved;
      const sealedPrivateKey = new Uint8Array(moved.sealedPrivateKey);
      await tx.signingKey.update({ where: { kid: key.kid }, data: { sealedPrivateKey, sealedBy } });
      resealed++;
    }
    return resealed;
  });
}
