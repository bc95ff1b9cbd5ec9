import type { FlattenedJws } from '@kernelcast/contracts';
import { generateSigningKey, importSigner, signStatement, type Signer, type StatementClaims } from '@kernelcast/trust';
import { openSecret, sealSecret } from '@kernelcast/trust/node';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { MASTER_KEY } from '../config/registry.config.js';
import { SigningKeysRepository, type StoredKey } from './signing-keys.repository.js';

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
    const { kid, sealedPrivateKey } = await this.keys.ensureReleaseKey(() => this.createKey());
    const privateKeyPkcs8 = openSecret(sealedPrivateKey, this.masterKey, contextOf(kid));
    this.signer = await importSigner({ kid, privateKeyPkcs8 });
  }

  sign(claims: StatementClaims): Promise<FlattenedJws> {
    if (!this.signer) throw new Error('the release key is not loaded yet');
    return signStatement(claims, this.signer);
  }

  private async createKey(): Promise<StoredKey> {
    const { kid, publicKey, privateKeyPkcs8 } = await generateSigningKey();
    return { kid, publicKey, sealedPrivateKey: sealSecret(privateKeyPkcs8, this.masterKey, contextOf(kid)) };
  }
}

/** A sealed key opens only as the key it was sealed as. */
const contextOf = (kid: string): string => `signing-key:${kid}`;
