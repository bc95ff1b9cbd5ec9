import { createServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { deviceRoutes } from '@kernelcast/contracts';
import { bootstrapHttp, fleetEventsTransport, listen, ReadinessService } from '@kernelcast/platform';
import type { Logger, RunningService } from '@kernelcast/platform';
import { OBJECT_STORE } from '@kernelcast/storage';
import type { ObjectStore } from '@kernelcast/storage';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DeliveryModule } from '../app.module.js';
import { BlobPath } from '../blobs/blob-path.js';
import type { DeliveryConfig } from '../config/delivery.config.js';
import { FleetSync } from '../fleet/fleet-sync.service.js';
import { PollFront } from '../front/poll-front.js';
import { IdlePollPath } from '../manifests/idle-poll.js';
import { classify } from './classify.js';

/**
 * Starts the delivery service; it listens, and has the fleet in memory, when this resolves. It listens before: a load
 * balancer sees how far it is, and devices are told when to come again.
 */
export async function startDelivery(config: DeliveryConfig, logger: Logger, version: string): Promise<RunningService> {
  const front = new Front();
  const app = await bootstrapHttp(DeliveryModule.forRoot(config, version), {
    logger,
    routes: deviceRoutes,
    classify,
    fastify: { serverFactory: (handler) => createServer(front.before(handler)) },
  });
  front.idlePolls = app.get(IdlePollPath, { strict: false });
  front.blobs = app.get(BlobPath, { strict: false });
  app.get(PollFront, { strict: false }).takeOver(app.getHttpServer());
  registerReadiness(app);
  app.connectMicroservice(fleetEventsTransport(config));
  await app.startAllMicroservices();
  const service = await listen(app, { host: config.KERNELCAST_HOST, port: config.KERNELCAST_PORT });
  await app.get(FleetSync, { strict: false }).whenLoaded();
  return service;
}

/** The server exists before the application that answers its idle polls and downloads from memory. */
class Front {
  idlePolls: IdlePollPath | undefined;
  blobs: BlobPath | undefined;

  before(handler: RequestListener): RequestListener {
    return (request, response) => {
      if (this.idlePolls?.tryAnswer(request, response) === true) return;
      if (this.blobs?.tryAnswer(request, response) !== true) handler(request, response);
    };
  }
}

/** Without the database, polls and downloads go on from memory: it is no reason to take an instance out. */
function registerReadiness(app: NestFastifyApplication): void {
  const store = app.get<ObjectStore>(OBJECT_STORE, { strict: false });
  const fleet = app.get(FleetSync, { strict: false });
  const readiness = app.get(ReadinessService, { strict: false });
  readiness.register('objectStore', () => store.ping());
  const loaded = () => (fleet.isLoaded ? Promise.resolve() : Promise.reject(new Error(fleet.progress)));
  readiness.register('fleet', loaded, () => fleet.progress);
}
