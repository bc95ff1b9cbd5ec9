import cluster from 'node:cluster';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { once } from 'node:events';
import type { Logger, RunningService } from '@kernelcast/platform';
import { AggregatorRegistry } from 'prom-client';
import type { DeliveryConfig } from '../config/delivery.config.js';
import { WorkerPool } from './worker-pool.js';

/** Runs the service in several processes that share its ports; this one only keeps them alive and sums their metrics. */
export async function startCluster(config: DeliveryConfig, logger: Logger): Promise<RunningService> {
  const fork = () => cluster.fork();
  const pool = new WorkerPool({ count: config.KERNELCAST_DELIVERY_WORKERS, fork, logger });
  const url = await pool.start();
  const metrics = await serveMetrics(config);
  return {
    ...(url !== undefined && { url }),
    close: async () => {
      metrics?.close();
      await pool.close();
    },
  };
}

/** `/metrics` of all workers together, on a port of its own: a worker's own port tells only what that worker did. */
async function serveMetrics({ KERNELCAST_HOST, KERNELCAST_METRICS_PORT }: DeliveryConfig): Promise<Server | undefined> {
  if (KERNELCAST_METRICS_PORT === undefined) return undefined;
  const registry = new AggregatorRegistry();
  const server = createServer((request, response) => {
    if (request.url !== '/metrics') return void response.writeHead(404).end();
    registry.clusterMetrics().then(
      (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
      () => response.writeHead(503).end(),
    );
  });
  server.listen(KERNELCAST_METRICS_PORT, KERNELCAST_HOST);
  await once(server, 'listening');
  return server;
}
