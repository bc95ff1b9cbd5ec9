import { hkdfSync, timingSafeEqual } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { MASTER_KEY } from '../../config/registry.config.js';
import { isCredential, writeCredential } from '../credentials/credential.js';
import { InstallationRepository } from '../users/installation.repository.js';

const TOKEN_BYTES = 32;
const TOKEN_INFO = 'kernelcast bootstrap token';

/**
 * The token by which the first admin is made. It is derived (HKDF, RFC 5869) from the master key and a salt of the
 * database: every replica prints the same, and it lies nowhere.
 */
@Injectable()
export class BootstrapToken {
  constructor(
    private readonly installation: InstallationRepository,
    @Inject(MASTER_KEY) private readonly masterKey: Uint8Array,
  ) {}

  async read(): Promise<string> {
    const salt = await this.installation.salt();
    return writeCredential('bootstrap', Buffer.from(hkdfSync('sha256', this.masterKey, salt, TOKEN_INFO, TOKEN_BYTES)));
  }

  async isRight(token: string): Promise<boolean> {
    return isCredential('bootstrap', token) && timingSafeEqual(Buffer.from(token), Buffer.from(await this.read()));
  }
}
