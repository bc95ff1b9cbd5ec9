import { Module, type DynamicModule } from '@nestjs/common';
import { announceObject, Database, DatabaseModule } from '@kernelcast/database';
import { HealthModule, type Logger } from '@kernelcast/platform';
import { storageConfigFrom, StorageModule } from '@kernelcast/storage';
import type { TrainerConfig } from './config/trainer.config.js';
import type { Devices } from './devices/device.types.js';
import { TrainingJobsModule } from './training-jobs/training-jobs.module.js';

export interface TrainerOptions {
  readonly config: TrainerConfig;
  readonly logger: Logger;
  readonly version: string;
  readonly devices: Devices;
  /** Compute backend that was found to load here, as far as that is known by now. */
  readonly backend: () => string;
}

/** Blobs that are about to be written, or found there, are not garbage. */
const announcer = {
  inject: Database,
  useFactory: (database: Database) => (digest: string) => announceObject(database, digest),
};

@Module({})
export class TrainerModule {
  static forRoot(options: TrainerOptions): DynamicModule {
    const { config, version } = options;
    return {
      module: TrainerModule,
      imports: [
        HealthModule.forRoot({ service: 'trainer', version }),
        DatabaseModule.forRoot(config.DATABASE_URL),
        StorageModule.forRoot(storageConfigFrom(config), announcer),
        TrainingJobsModule.forRoot(options),
      ],
    };
  }
}
