import type { Logger } from '@kernelcast/platform';
import { Module, type DynamicModule } from '@nestjs/common';
import { CONFIG, LOGGER, MASTER_KEY, type RegistryConfig } from './registry.config.js';

/** Provides the configuration and the logger, read and made once at boot, to the whole application. */
@Module({})
export class ConfigModule {
  static forRoot(config: RegistryConfig, logger: Logger): DynamicModule {
    return {
      module: ConfigModule,
      global: true,
      providers: [
        { provide: CONFIG, useValue: config },
        { provide: MASTER_KEY, useValue: new Uint8Array(config.KERNELCAST_MASTER_KEY) },
        { provide: LOGGER, useValue: logger },
      ],
      exports: [CONFIG, MASTER_KEY, LOGGER],
    };
  }
}
