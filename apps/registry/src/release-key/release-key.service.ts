import type { FlattenedJws } from '@kernelcast/contracts';
import { SigningKeysRepository } from '@kernelcast/database';
import { loadSigner } from '@kernelcast/platform';
import { signStatement, type Signer, type StatementClaims } from '@kernelcast/trust';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { MASTER_KEY } from '../config/registry.config.js';

/** Signs what may be released. The key is made at the first start and lies sealed in the database. */
@Injectable()
export class ReleaseKeyService implements OnModuleInit {
  private signer: Signer | undefined;

  constructor(
    private readonly keys: SigningKeysRepository,
    @Inject(MASTER_KEY) private readonly masterKey: Uint8Array,
  ) {}

  /** @throws TrustError `seal_invalid` when the key was sealed with another master key: then nothing could be signed */
  async onModuleInit(): Promise<void> {
    this.signer = await loadSigner(this.keys, 'release', this.masterKey);
  }

  sign(claims: StatementClaims): Promise<FlattenedJws> {
    if (!this.signer) throw new Error('the release key is not loaded yet');
    return signStatement(claims, this.signer);
  }
}
