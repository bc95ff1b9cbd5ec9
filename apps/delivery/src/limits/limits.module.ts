import { Global, Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';
import { DeviceLimits } from './device-limits.js';
import type { LimitOptions } from './device-limits.js';

@Global()
@Module({})
export class LimitsModule {
  static forRoot(options: LimitOptions): DynamicModule {
    const useFactory = (registry: Registry): DeviceLimits => counted(new DeviceLimits(options), registry);
    return {
      module: LimitsModule,
      providers: [{ provide: DeviceLimits, useFactory, inject: [Registry] }],
      exports: [DeviceLimits],
    };
  }
}

function counted(limits: DeviceLimits, registry: Registry): DeviceLimits {
  new Counter({
    name: 'kernelcast_limited_total',
    help: 'Requests of devices refused by a limit, by what they asked for',
    labelNames: ['limit'],
    registers: [registry],
    collect() {
      this.reset();
      for (const [limit, count] of Object.entries(limits.refused)) this.inc({ limit }, count);
    },
  });
  return limits;
}
