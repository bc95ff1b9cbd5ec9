import { Module } from '@nestjs/common';
import { ReleaseKeyService } from './release-key.service.js';
import { SigningKeysRepository } from './signing-keys.repository.js';

@Module({ providers: [SigningKeysRepository, ReleaseKeyService], exports: [ReleaseKeyService] })
export class ReleaseKeyModule {}
