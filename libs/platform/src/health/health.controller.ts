import { Controller, Get, Header, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { Registry } from 'prom-client';
import { HEALTH_OPTIONS, type HealthOptions } from './health.options.js';
import { ReadinessService } from './readiness.service.js';

/** Unauthenticated: for load balancers, Kubernetes and Prometheus, on the same port as the API. */
@Controller()
export class HealthController {
  constructor(
    @Inject(HEALTH_OPTIONS) private readonly options: HealthOptions,
    private readonly readiness: ReadinessService,
    private readonly registry: Registry,
  ) {}

  /** The process answers. It says nothing about what it depends on: a restart would not bring the database back. */
  @Get('/healthz')
  alive(): { status: 'ok' } {
    return { status: 'ok' };
  }

  @Get('/readyz')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<unknown> {
    const result = await this.readiness.check();
    reply.code(result.status === 'ok' ? 200 : 503);
    return result;
  }

  @Get('/version')
  version(): { service: string; version: string } {
    return { service: this.options.service, version: this.options.version };
  }

  @Get('/metrics')
  @Header('content-type', Registry.PROMETHEUS_CONTENT_TYPE)
  metrics(): Promise<string> {
    return this.registry.metrics();
  }
}
