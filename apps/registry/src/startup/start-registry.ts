import fastifyCookie from '@fastify/cookie';
import fastifyMultipart from '@fastify/multipart';
import { registryRoutes } from '@kernelcast/contracts';
import { applyMigrations } from '@kernelcast/database';
import { bootstrapHttp, listen, type RunningService } from '@kernelcast/platform';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { AppModule, type AppOptions } from '../app.module.js';
import { serveDashboard } from '../dashboard/serve-dashboard.js';
import { classify } from './classify.js';

/** Milliseconds in which a request must have arrived: the largest dataset takes hours over a slow line. */
const UPLOAD_TIMEOUT_MS = 6 * 3_600_000;

/** Brings the database up to date and builds the application, ready to listen. */
const createRegistry = async (options: AppOptions): Promise<NestFastifyApplication> => {
  const { config, logger } = options;
  if (config.KERNELCAST_MIGRATE) {
    const applied = await applyMigrations(config.DATABASE_URL);
    if (applied.length > 0) logger.info({ migrations: applied }, 'database brought up to date');
  }
  return bootstrapHttp(AppModule.forRoot(options), {
    logger,
    routes: registryRoutes,
    classify,
    streamTypes: ['application/zip', 'application/octet-stream'],
    trustProxy: config.KERNELCAST_TRUSTED_PROXIES ?? false,
    fastify: { requestTimeout: UPLOAD_TIMEOUT_MS },
    configure: async (fastify) => {
      await fastify.register(fastifyCookie);
      await fastify.register(fastifyMultipart);
      await serveDashboard(fastify, config.KERNELCAST_DASHBOARD_DIR);
    },
  });
};

/** Starts the registry and gives it back once it listens. */
export const startRegistry = async (options: AppOptions): Promise<RunningService> => {
  const { KERNELCAST_HOST: host, KERNELCAST_PORT: port } = options.config;
  return listen(await createRegistry(options), { host, port });
};
