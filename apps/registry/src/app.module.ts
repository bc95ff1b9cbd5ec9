import { announceObject, Database, DatabaseModule } from '@kernelcast/database';
import { HealthModule, type Logger } from '@kernelcast/platform';
import { storageConfigFrom, StorageModule } from '@kernelcast/storage';
import { Module, type DynamicModule } from '@nestjs/common';
import { AliasesModule } from './aliases/aliases.module.js';
import { ApiDocsController } from './api-docs/api-docs.controller.js';
import { ApprovalsModule } from './approvals/approvals.module.js';
import { AuditModule } from './audit/audit.module.js';
import { BaseNetworksModule } from './base-networks/base-networks.module.js';
import { BaseUpgradesModule } from './base-upgrades/base-upgrades.module.js';
import { BundlesModule } from './bundles/bundles.module.js';
import { ChangesModule } from './changes/changes.module.js';
import { ConfigModule } from './config/config.module.js';
import type { RegistryConfig } from './config/registry.config.js';
import { DatasetsModule } from './datasets/datasets.module.js';
import { DeltasModule } from './deltas/deltas.module.js';
import { DevicesModule } from './devices/devices.module.js';
import { GatesModule } from './gates/gates.module.js';
import { GarbageModule } from './garbage/garbage.module.js';
import { Housekeeping } from './housekeeping/housekeeping.service.js';
import { IdentityModule } from './identity/identity.module.js';
import { ModulatorsModule } from './modulators/modulators.module.js';
import { OpenApiController } from './openapi/openapi.controller.js';
import { ProjectsModule } from './projects/projects.module.js';
import { RolloutsModule } from './rollouts/rollouts.module.js';
import { Dependencies } from './startup/dependencies.js';
import { TasksModule } from './tasks/tasks.module.js';
import { TrainersModule } from './trainers/trainers.module.js';
import { TrainingJobsModule } from './training-jobs/training-jobs.module.js';
import { VersionInsightsModule } from './version-insights/version-insights.module.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';

export interface AppOptions {
  readonly config: RegistryConfig;
  readonly logger: Logger;
  readonly version: string;
}

const FEATURES = [
  IdentityModule,
  ProjectsModule,
  BaseNetworksModule,
  DatasetsModule,
  TasksModule,
  TrainersModule,
  TrainingJobsModule,
  BaseUpgradesModule,
  ModulatorsModule,
  GatesModule,
  ApprovalsModule,
  AliasesModule,
  VersionInsightsModule,
  DeltasModule,
  DevicesModule,
  RolloutsModule,
  BundlesModule,
  WebhooksModule,
  AuditModule,
  GarbageModule,
];

/** Blobs that are about to be written, or found there, are not garbage. */
const announcer = {
  inject: Database,
  useFactory: (database: Database) => (digest: string) => announceObject(database, digest),
};

@Module({})
export class AppModule {
  static forRoot({ config, logger, version }: AppOptions): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(config, logger),
        DatabaseModule.forRoot(config.DATABASE_URL),
        StorageModule.forRoot(storageConfigFrom(config), announcer),
        HealthModule.forRoot({ service: 'registry', version }),
        ChangesModule,
        ...FEATURES,
      ],
      controllers: [OpenApiController, ApiDocsController],
      providers: [Dependencies, Housekeeping],
    };
  }
}
