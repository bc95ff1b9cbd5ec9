import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../database.js';
import type { KeyRole } from '../generated/prisma/enums.js';

/** A signing key with its private half sealed. */
export interface StoredSigningKey {
  readonly kid: string;
  readonly publicKey: string;
  readonly sealedPrivateKey: Uint8Array;
}

/** The public half of a key, for those who verify. */
export interface PublicSigningKey {
  readonly kid: string;
  readonly role: KeyRole;
  readonly publicKey: string;
}

/** Serialises the makers of a first key, across all services on one database. */
const KEY_LOCK = 'kernelcast.signing_keys';

@Injectable()
export class SigningKeysRepository {
  constructor(private readonly database: Database) {}

  /** The newest active key of a role; made by `create` when there is none, once however many processes ask. */
  ensure(role: KeyRole, create: () => Promise<StoredSigningKey>): Promise<StoredSigningKey> {
    return this.database.transaction(async (tx) => {
      await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${KEY_LOCK}))`;
      const existing = await newestActive(tx, role);
      if (existing) return existing;
      const key = await create();
      const sealedPrivateKey = new Uint8Array(key.sealedPrivateKey);
      await tx.signingKey.create({ data: { ...key, sealedPrivateKey, role } });
      return key;
    });
  }

  /** Public keys that devices are to trust, oldest first. */
  trusted(): Promise<PublicSigningKey[]> {
    return this.database.prisma.signingKey.findMany({
      where: { active: true },
      orderBy: [{ createdAt: 'asc' }, { kid: 'asc' }],
      select: { kid: true, role: true, publicKey: true },
    });
  }
}

const newestActive = (tx: Tx, role: KeyRole): Promise<StoredSigningKey | null> =>
  tx.signingKey.findFirst({
    where: { role, active: true },
    orderBy: [{ createdAt: 'desc' }, { kid: 'desc' }],
    select: { kid: true, publicKey: true, sealedPrivateKey: true },
  });
