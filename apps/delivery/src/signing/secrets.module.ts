import { Global, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Database, SigningKeysRepository } from '@kernelcast/database';
import { loadSigner } from '@kernelcast/platform';
import { Credentials, deriveKey } from '../credentials/credentials.js';
import { Nonces } from '../credentials/nonces.js';
import { Manifests } from '../manifests/manifests.js';
import { schemaReady } from '../startup/schema-ready.js';

/** Everything that is derived from the master key or opened by it. The key itself goes no further. */
@Global()
@Module({})
export class SecretsModule {
  static forRoot(masterKey: Uint8Array): DynamicModule {
    const createManifests = async (database: Database, keys: SigningKeysRepository): Promise<Manifests> => {
      await schemaReady(database);
      return new Manifests(await loadSigner(keys, 'manifest', masterKey));
    };
    return {
      module: SecretsModule,
      providers: [
        SigningKeysRepository,
        { provide: Credentials, useFactory: () => new Credentials(masterKey) },
        { provide: Nonces, useFactory: () => new Nonces(deriveKey(masterKey, 'kernelcast.nonce/1')) },
        { provide: Manifests, useFactory: createManifests, inject: [Database, SigningKeysRepository] },
      ],
      exports: [SigningKeysRepository, Credentials, Nonces, Manifests],
    };
  }
}
