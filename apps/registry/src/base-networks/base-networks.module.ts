import { Module } from '@nestjs/common';
import { BaseLifecycleController } from './base-lifecycle.controller.js';
import { BaseLifecycleRepository } from './base-lifecycle.repository.js';
import { BaseLifecycle } from './base-lifecycle.service.js';
import { BaseNetworksController } from './base-networks.controller.js';
import { BaseNetworksRepository } from './base-networks.repository.js';
import { BaseNetworksService } from './base-networks.service.js';
import { BaseImports } from './import/base-imports.service.js';
import { ImportStore } from './import/import-store.js';
import { BaseCheck } from './validation/base-check.service.js';
import { BaseValidationRepository } from './validation/base-validation.repository.js';
import { BaseValidation } from './validation/base-validation.service.js';

@Module({
  controllers: [BaseNetworksController, BaseLifecycleController],
  providers: [
    BaseNetworksRepository,
    BaseNetworksService,
    BaseCheck,
    BaseValidationRepository,
    BaseValidation,
    ImportStore,
    BaseImports,
    BaseLifecycleRepository,
    BaseLifecycle,
  ],
  exports: [BaseNetworksRepository, BaseNetworksService, BaseLifecycleRepository],
})
export class BaseNetworksModule {}
