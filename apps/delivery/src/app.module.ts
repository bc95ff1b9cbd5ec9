import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { DatabaseModule } from '@kernelcast/database';
import { HealthModule } from '@kernelcast/platform';
import { storageConfigFrom, StorageModule } from '@kernelcast/storage';
import { AuthModule } from './auth/auth.module.js';
import { BlobsModule } from './blobs/blobs.module.js';
import type { DeliveryConfig } from './config/delivery.config.js';
import { EnrolmentModule } from './enrolment/enrolment.module.js';
import { FleetModule } from './fleet/fleet.module.js';
import { ManifestsModule } from './manifests/manifests.module.js';
import { ReportsModule } from './reports/reports.module.js';
import { SecretsModule } from './signing/secrets.module.js';

/** A lost notification is made up for within this time. */
const FLEET_CHECK_INTERVAL_MS = 2_000;

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
        FleetModule.forRoot({ checkIntervalMs: FLEET_CHECK_INTERVAL_MS }),
        AuthModule,
        ManifestsModule.forRoot(config.KERNELCAST_POLL_SECONDS),
        EnrolmentModule,
        BlobsModule,
        ReportsModule,
      ],
    };
  }
}
