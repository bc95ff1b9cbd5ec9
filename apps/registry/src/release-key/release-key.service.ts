import type { FlattenedJws } from '@kernelcast/contracts';
import { SigningKeysRepository } from '@kernelcast/database';
import type { KeyVault } from '@kernelcast/platform';
import { signStatement, type Signer, type StatementClaims } from '@kernelcast/trust';
import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';

/** Injection token of where the private halves of release keys are. */
export const KEY_VAULT = Symbol('KEY_VAULT');

/** Signs what may be released, by the key that is active at that time. The first is made at the first start. */
@Injectable()
export class ReleaseKeyService implements OnModuleInit {
  private held: Signer | undefined;

  constructor(
    private readonly keys: SigningKeysRepository,
    @Inject(KEY_VAULT) private readonly vault: KeyVault,
  ) {}

  /** @throws TrustError `seal_invalid` when the key was sealed with another master key: then nothing could be signed */
  async onModuleInit(): Promise<void> {
    await this.signer();
  }

  async sign(claims: StatementClaims): Promise<FlattenedJws> {
    return signStatement(claims, await this.signer());
  }

  /** Name of the active key. */
  async kid(): Promise<string> {
    return (await this.signer()).kid;
  }

  /** Asked for every time, as another replica may have activated another key; opened once. */
  private async signer(): Promise<Signer> {
    const key = await this.keys.ensure('release', () => this.vault.generate());
    if (this.held?.kid !== key.kid) this.held = await this.vault.signer(key);
    return this.held;
  }
}
