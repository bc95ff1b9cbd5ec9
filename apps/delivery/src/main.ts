import 'reflect-metadata';
import cluster from 'node:cluster';
import { createLogger, runService } from '@kernelcast/platform';
import { startCluster } from './cluster/start-cluster.js';
import { readDeliveryConfig } from './config/delivery.config.js';
import { startDelivery } from './startup/start-delivery.js';
import manifest from '../package.json' with { type: 'json' };

const config = readDeliveryConfig();
const logger = createLogger({ service: 'delivery', level: config.LOG_LEVEL, format: config.KERNELCAST_LOG_FORMAT });
const isPrimary = cluster.isPrimary && config.KERNELCAST_DELIVERY_WORKERS > 1;
const start = () => (isPrimary ? startCluster(config, logger) : startDelivery(config, logger, manifest.version));
await runService({ logger, start });
