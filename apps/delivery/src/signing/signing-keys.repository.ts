import { Injectable } from '@nestjs/common';
import type { TrustRoot } from '@kernelcast/contracts';
import { Database } from '@kernelcast/database';
import type { Tx } from '@kernelcast/database';

type KeyRole = TrustRoot['keys'][number]['role'];

export interface StoredSigningKey {
  kid: string;
  role: KeyRole;
  publicKey: string;
  sealedPrivateKey: Uint8Array;
}

/** Serialises the makers of a first key, across all services on one database. */
const KEY_LOCK = 'kernelcast.signing_keys';

@Injectable()
export class SigningKeysRepository {
  constructor(private readonly database: Database) {}

  /** The newest active key of a role; made by `create` when there is none, once however many ask. */
  ensure(role: KeyRole, create: () => Promise<StoredSigningKey>): Promise<StoredSigningKey> {
    return this.database.transaction(async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${KEY_LOCK}))`;
      const key = (await newestActive(tx, role)) ?? (await create());
      await tx.signingKey.createMany({
        data: [{ ...key, sealedPrivateKey: new Uint8Array(key.sealedPrivateKey) }],
        skipDuplicates: true,
      });
      return key;
    });
  }

  /** Public keys that devices are to trust. */
  async trusted(): Promise<TrustRoot['keys']> {
    return this.database.prisma.signingKey.findMany({
      where: { active: true },
      orderBy: [{ createdAt: 'asc' }, { kid: 'asc' }],
      select: { kid: true, role: true, publicKey: true },
    });
  }
}

async function newestActive(tx: Tx, role: KeyRole): Promise<StoredSigningKey | undefined> {
  const key = await tx.signingKey.findFirst({
    where: { role, active: true },
    orderBy: [{ createdAt: 'desc' }, { kid: 'desc' }],
    select: { kid: true, role: true, publicKey: true, sealedPrivateKey: true },
  });
  return key ?? undefined;
}
