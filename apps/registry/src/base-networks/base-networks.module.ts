import { Module } from '@nestjs/common';
import { BaseNetworksController } from './base-networks.controller.js';
import { BaseNetworksRepository } from './base-networks.repository.js';
import { BaseNetworksService } from './base-networks.service.js';
import { BaseImports, ImportStore } from './import/base-imports.service.js';
import { BaseCheck } from './validation/base-check.service.js';
import { BaseValidationRepository } from './validation/base-validation.repository.js';
import { BaseValidation } from './validation/base-validation.service.js';

@Module({
  controllers: [BaseNetworksController],
  providers: [
    BaseNetworksRepository,
    BaseNetworksService,
    BaseCheck,
    BaseValidationRepository,
    BaseValidation,
    ImportStore,
    BaseImports,
  ],
  exports: [BaseNetworksRepository, BaseNetworksService],
})
export class BaseNetworksModule {}
