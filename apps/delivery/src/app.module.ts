import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { DatabaseModule } from '@kernelcast/database';
import { HealthModule } from '@kernelcast/platform';
import { storageConfigFrom, StorageModule } from '@kernelcast/storage';
import { AuthModule } from './auth/auth.module.js';
import { BundlesModule } from './bundles/bundles.module.js';
import { BlobsModule } from './blobs/blobs.module.js';
import { blobOptionsFrom, limitOptionsFrom } from './config/blob-settings.js';
import type { DeliveryConfig } from './config/delivery.config.js';
import { EnrolmentModule } from './enrolment/enrolment.module.js';
import { FleetModule } from './fleet/fleet.module.js';
import { FrontModule } from './front/front.module.js';
import { LoadModule } from './load/load.module.js';
import { LimitsModule } from './limits/limits.module.js';
import { ReportsModule } from './reports/reports.module.js';
import { SecretsModule } from './signing/secrets.module.js';

const MILLISECONDS = 1_000;

@Module({})
export class DeliveryModule {
  static forRoot(config: DeliveryConfig, version: string): DynamicModule {
    return {
      module: DeliveryModule,
      imports: [
        HealthModule.forRoot({ service: 'delivery', version }),
        DatabaseModule.forRoot(config.DATABASE_URL),
        StorageModule.forRoot(storageConfigFrom(config)),
        SecretsModule.forRoot(config.KERNELCAST_MASTER_KEY),
        FleetModule.forRoot({ checkIntervalMs: config.KERNELCAST_FLEET_CHECK_SECONDS * MILLISECONDS }),
        LoadModule,
        LimitsModule.forRoot(limitOptionsFrom(config)),
        AuthModule,
        FrontModule.forRoot(config.KERNELCAST_POLL_SECONDS),
        EnrolmentModule,
        BlobsModule.forRoot(blobOptionsFrom(config)),
        ReportsModule.forRoot(config.KERNELCAST_REPORT_RETENTION_DAYS),
        BundlesModule.forRoot(config.KERNELCAST_MASTER_KEY),
      ],
    };
  }
}
