import { Injectable } from '@nestjs/common';
import { Database, type Tx } from '../database.js';
import type { KeyRole } from '../generated/prisma/enums.js';

/** A signing key with its private half sealed. */
export interface StoredSigningKey {
  readonly kid: string;
  readonly publicKey: string;
  readonly sealedPrivateKey: Uint8Array;
  /** Name of the key-encryption key that it is sealed by. */
  readonly sealedBy?: string | null;
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

  /**
   * What a device is to trust that enrols now. The version is read before the keys: should they change in between, the
   * device is offered what it has, which costs nothing.
   */
  async trustRoot(): Promise<{ version: number; keys: PublicSigningKey[] }> {
    const { _max } = await this.database.prisma.trustRoot.aggregate({ _max: { version: true } });
    return { version: _max.version ?? 0, keys: await this.trusted() };
  }

  /** Public keys that devices are to trust, oldest first. */
  trusted(): Promise<PublicSigningKey[]> {
    return this.database.prisma.signingKey.findMany({
      where: { state: { not: 'compromised' } },
      orderBy: [{ createdAt: 'asc' }, { kid: 'asc' }],
      select: { kid: true, role: true, publicKey: true },
    });
  }
}

const newestActive = (tx: Tx, role: KeyRole): Promise<StoredSigningKey | null> =>
  tx.signingKey.findFirst({
    where: { role, state: 'active' },
    orderBy: [{ createdAt: 'desc' }, { kid: 'desc' }],
    select: { kid: true, publicKey: true, sealedPrivateKey: true, sealedBy: true },
  });
