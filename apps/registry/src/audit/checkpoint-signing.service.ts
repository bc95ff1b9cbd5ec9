import {
  AUDIT_CHECKPOINT_TYPE,
  auditCheckpointClaimsSchema,
  type AuditCheckpoint,
  type AuditCheckpointClaims,
} from '@kernelcast/contracts';
import { Database, SigningKeysRepository } from '@kernelcast/database';
import { loadSigner } from '@kernelcast/platform';
import { keyIdOf, signJws, verifyJws, type TrustedKey } from '@kernelcast/trust';
import { openSecret } from '@kernelcast/trust/node';
import { Inject, Injectable } from '@nestjs/common';
import { MASTER_KEY } from '../config/registry.config.js';

/** Signs checkpoints by the release key, and verifies them. */
@Injectable()
export class CheckpointSigning {
  constructor(
    private readonly keys: SigningKeysRepository,
    private readonly db: Database,
    @Inject(MASTER_KEY) private readonly masterKey: Uint8Array,
  ) {}

  async sign(claims: Omit<AuditCheckpointClaims, 'type'>): Promise<AuditCheckpoint> {
    const signer = await loadSigner(this.keys, 'release', this.masterKey);
    const statement = await signJws({ type: AUDIT_CHECKPOINT_TYPE, ...claims }, signer, AUDIT_CHECKPOINT_TYPE);
    return { ...claims, kid: signer.kid, statement };
  }

  /** @throws TrustError when no release key of ours signed it, or it says something else than a checkpoint does */
  async verify(statement: unknown, keys: readonly TrustedKey[]): Promise<AuditCheckpointClaims> {
    const { json } = await verifyJws(statement, keys, { typ: AUDIT_CHECKPOINT_TYPE });
    return auditCheckpointClaimsSchema.parse(json);
  }

  /**
   * Release keys that this installation made, retired ones included. Who can write to the database can add a key of his
   * own and sign a chain of his own by it; but he cannot seal it by the master key, nor give it another key's name.
   */
  async trustedKeys(): Promise<TrustedKey[]> {
    const rows = await this.db.prisma.signingKey.findMany({ where: { role: 'release' } });
    const checked = await Promise.all(rows.map(async (row) => ((await this.isOurs(row)) ? [row] : [])));
    return checked.flat().map(({ kid, role, publicKey }) => ({ kid, role, publicKey }));
  }

  private async isOurs(key: { kid: string; publicKey: string; sealedPrivateKey: Uint8Array }): Promise<boolean> {
    try {
      openSecret(key.sealedPrivateKey, this.masterKey, `signing-key:${key.kid}`);
      return (await keyIdOf(key.publicKey)) === key.kid;
    } catch {
      return false;
    }
  }
}
