import { Module } from '@nestjs/common';
import { ModulatorsModule } from '../modulators/modulators.module.js';
import { TasksModule } from '../tasks/tasks.module.js';
import { AliasesController } from './aliases.controller.js';
import { AliasesRepository } from './aliases.repository.js';
import { AliasesService } from './aliases.service.js';
import { VersionReferences } from './version-references.js';

@Module({
  imports: [TasksModule, ModulatorsModule],
  controllers: [AliasesController],
  providers: [AliasesRepository, AliasesService, VersionReferences],
  exports: [VersionReferences],
})
export class AliasesModule {}
