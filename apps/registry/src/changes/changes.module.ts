import { Global, Module } from '@nestjs/common';
import { AuditRepository } from './audit.repository.js';
import { Changes } from './changes.service.js';
import { IdempotencyRepository } from './idempotency.repository.js';

@Global()
@Module({
  providers: [AuditRepository, IdempotencyRepository, Changes],
  exports: [Changes, IdempotencyRepository],
})
export class ChangesModule {}
