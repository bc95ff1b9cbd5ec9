import { signingKeySchema, type FlattenedJws, type SigningKey, type SigningKeyState } from '@kernelcast/contracts';
import { bumpFleetVersion, Database, type Prisma, type Tx } from '@kernelcast/database';
import type { KeyVault, SealedKey } from '@kernelcast/platform';
import { signTrustRoot } from '@kernelcast/trust';
import { Injectable } from '@nestjs/common';
import { STATED } from '../modulators/version-transitions.js';
import { TRUSTED } from './key-transitions.js';

/** Changes of keys happen one at a time: each makes the next version of what devices are to trust. */
const KEY_LOCK = 'kernelcast.signing_keys';

/** A version whose statement is to be signed again. */
export interface StatedVersion {
  readonly id: string;
  readonly projectId: string;
  readonly version: number;
  readonly digest: string;
  readonly baseDigest: string;
  readonly task: string;
}

/** The kid in the protected header of a statement, as it lies in the database. */
const KID = `(convert_from(decode(rpad(translate(statement->>'protected', '-_', '+/'),
  (4 * ceil(length(statement->>'protected') / 4.0))::int, '='), 'base64'), 'UTF8')::jsonb ->> 'kid')`;

/** Signing keys and what devices are told of them. */
@Injectable()
export class KeyRing {
  constructor(private readonly db: Database) {}

  async list(tx: Tx = this.db.prisma): Promise<SigningKey[]> {
    const rows = await tx.signingKey.findMany({ orderBy: [{ createdAt: 'asc' }, { kid: 'asc' }] });
    const counts = await tx.$queryRawUnsafe<{ kid: string; statements: number }[]>(
      `SELECT ${KID} AS kid, count(*)::int AS statements FROM modulator_versions
       WHERE state::text = ANY($1::text[]) GROUP BY 1`,
      STATED,
    );
    const statements = new Map(counts.map((row) => [row.kid, row.statements]));
    return rows.map(({ kid, role, publicKey, state, vault, createdAt, changedAt }) =>
      signingKeySchema.parse({
        ...{ kid, role, publicKey, state, vault },
        statements: statements.get(kid) ?? 0,
        createdAt: createdAt.toISOString(),
        changedAt: changedAt.toISOString(),
      }),
    );
  }

  async find(kid: string, tx: Tx): Promise<SigningKey | undefined> {
    return (await this.list(tx)).find((key) => key.kid === kid);
  }

  /** Until the transaction ends nobody else changes the keys. */
  async lock(tx: Tx): Promise<void> {
    await tx.$executeRaw`SELECT pg_advisory_xact_lock(hashtext(${KEY_LOCK}))`;
  }

  /** The key that signs, with its private half as it is kept. */
  active(tx: Tx = this.db.prisma): Promise<SealedKey | null> {
    return tx.signingKey.findFirst({ where: { role: 'release', state: 'active' } });
  }

  async insert(tx: Tx, key: SealedKey, vault: string): Promise<void> {
    const sealedPrivateKey = new Uint8Array(key.sealedPrivateKey);
    await tx.signingKey.create({ data: { ...key, sealedPrivateKey, vault, role: 'release', state: 'published' } });
  }

  async setState(tx: Tx, kid: string, state: SigningKeyState): Promise<void> {
    await tx.signingKey.update({ where: { kid }, data: { state, changedAt: new Date() } });
  }

  async trustRootVersion(tx: Tx = this.db.prisma): Promise<number> {
    return (await tx.trustRoot.aggregate({ _max: { version: true } }))._max.version ?? 0;
  }

  /** Writes down what devices are to trust from now on; its release keys vouch for it, each by itself. */
  async publishTrustRoot(tx: Tx, vault: KeyVault): Promise<void> {
    const keys = await tx.signingKey.findMany({
      where: { state: { in: [...TRUSTED] } },
      orderBy: [{ createdAt: 'asc' }, { kid: 'asc' }],
    });
    const signers = [];
    for (const key of keys) {
      if (key.role === 'release' && key.vault === vault.name) signers.push(await vault.signer(key));
    }
    const version = (await this.trustRootVersion(tx)) + 1;
    const publicKeys = keys.map(({ kid, role, publicKey }) => ({ kid, role, publicKey }));
    const signatures = await signTrustRoot({ version, keys: publicKeys }, signers);
    await tx.trustRoot.create({ data: { version, signatures: signatures as unknown as Prisma.InputJsonArray } });
    await bumpFleetVersion(tx);
  }

  /** Versions in force whose statement another key than this one has signed. */
  statedByOthers(kid: string): Promise<StatedVersion[]> {
    return this.db.prisma.$queryRawUnsafe<StatedVersion[]>(
      `SELECT v.id, v.project_id AS "projectId", v.version, v.digest, b.digest AS "baseDigest", t.name AS task
       FROM modulator_versions v JOIN modulators m ON m.id = v.modulator_id
       JOIN base_networks b ON b.id = m.base_network_id JOIN tasks t ON t.id = m.task_id
       WHERE v.state::text = ANY($1::text[]) AND ${KID} IS DISTINCT FROM $2::text ORDER BY v.id`,
      STATED,
      kid,
    );
  }

  /** Puts a new statement in a version's place, and tells the delivery service. @returns whether it is still in force */
  async restate(tx: Tx, id: string, statement: FlattenedJws): Promise<boolean> {
    const where = { id, state: { in: [...STATED] } };
    const { count } = await tx.modulatorVersion.updateMany({ where, data: { statement } });
    if (count === 0) return false;
    const rollouts = { modulatorVersionId: id, state: { not: 'aborted' as const } };
    if ((await tx.rollout.count({ where: rollouts })) > 0) {
      const changedAtVersion = await bumpFleetVersion(tx);
      await tx.rollout.updateMany({ where: rollouts, data: { changedAtVersion } });
    }
    return true;
  }
}
