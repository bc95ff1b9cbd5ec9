import { SigningKeysRepository } from '@kernelcast/database';
import { Module } from '@nestjs/common';
import { AuditLogRepository } from './audit-log.repository.js';
import { AuditController } from './audit.controller.js';
import { AuditService } from './audit.service.js';
import { ChainVerifier } from './chain-verifier.service.js';
import { CheckpointArchive } from './checkpoint-archive.service.js';
import { CheckpointSigning } from './checkpoint-signing.service.js';
import { CheckpointsRepository } from './checkpoints.repository.js';
import { Checkpoints } from './checkpoints.service.js';

@Module({
  controllers: [AuditController],
  providers: [
    SigningKeysRepository,
    AuditLogRepository,
    CheckpointsRepository,
    CheckpointArchive,
    CheckpointSigning,
    ChainVerifier,
    Checkpoints,
    AuditService,
  ],
})
export class AuditModule {}
