import { SigningKeysRepository } from '@kernelcast/database';
import { Module } from '@nestjs/common';
import { ReleaseKeyService } from './release-key.service.js';

@Module({ providers: [SigningKeysRepository, ReleaseKeyService], exports: [ReleaseKeyService] })
export class ReleaseKeyModule {}
