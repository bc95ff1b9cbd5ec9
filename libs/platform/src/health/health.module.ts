import { Module, type DynamicModule } from '@nestjs/common';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { HealthController } from './health.controller.js';
import { HEALTH_OPTIONS, type HealthOptions } from './health.options.js';
import { HttpMetrics } from './http-metrics.js';
import { ReadinessService } from './readiness.service.js';

const createRegistry = ({ service }: HealthOptions): Registry => {
  const registry = new Registry();
  registry.setDefaultLabels({ service });
  collectDefaultMetrics({ register: registry });
  return registry;
};

/**
 * `/healthz`, `/readyz`, `/version` and `/metrics`. Provides prom-client's `Registry` for a service's own metrics and
 * `ReadinessService` for its dependencies' checks, to the whole application.
 */
@Module({})
export class HealthModule {
  static forRoot(options: HealthOptions): DynamicModule {
    return {
      module: HealthModule,
      global: true,
      controllers: [HealthController],
      providers: [
        { provide: HEALTH_OPTIONS, useValue: options },
        { provide: Registry, useFactory: () => createRegistry(options) },
        HttpMetrics,
        ReadinessService,
      ],
      exports: [Registry, ReadinessService, HttpMetrics],
    };
  }
}
