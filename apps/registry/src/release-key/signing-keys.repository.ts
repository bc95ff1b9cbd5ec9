import { Database } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';

export interface StoredKey {
  readonly kid: string;
  readonly publicKey: string;
  readonly sealedPrivateKey: Uint8Array;
}

/** Serialises the makers of a first key, across all services on one database. */
const KEY_LOCK = 'kernelcast.signing_keys';

@Injectable()
export class SigningKeysRepository {
  constructor(private readonly db: Database) {}

  /** The newest active release key; made by `create` when there is none, once however many replicas start. */
  ensureReleaseKey(create: () => Promise<StoredKey>): Promise<StoredKey> {
    return this.db.transaction(async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${KEY_LOCK}))`;
      const existing = await tx.signingKey.findFirst({
        where: { role: 'release', active: true },
        orderBy: [{ createdAt: 'desc' }, { kid: 'desc' }],
        select: { kid: true, publicKey: true, sealedPrivateKey: true },
      });
      if (existing) return existing;
      const key = await create();
      const sealedPrivateKey = new Uint8Array(key.sealedPrivateKey);
      await tx.signingKey.create({ data: { ...key, sealedPrivateKey, role: 'release' } });
      return key;
    });
  }
}
