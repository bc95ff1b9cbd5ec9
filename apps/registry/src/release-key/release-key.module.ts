import { SigningKeysRepository } from '@kernelcast/database';
import { SealedKeyVault } from '@kernelcast/platform';
import { Module } from '@nestjs/common';
import { MASTER_KEY } from '../config/registry.config.js';
import { FleetEventsModule } from '../fleet-events/fleet-events.module.js';
import { KEY_VAULT, ReleaseKeyService } from './release-key.service.js';
import { SigningKeysController } from './signing-keys.controller.js';
import { KeyRing } from './signing-keys.repository.js';
import { SigningKeysService } from './signing-keys.service.js';

@Module({
  imports: [FleetEventsModule],
  controllers: [SigningKeysController],
  providers: [
    SigningKeysRepository,
    { provide: KEY_VAULT, useFactory: (kek: Uint8Array) => new SealedKeyVault(kek), inject: [MASTER_KEY] },
    ReleaseKeyService,
    KeyRing,
    SigningKeysService,
  ],
  exports: [ReleaseKeyService],
})
export class ReleaseKeyModule {}
