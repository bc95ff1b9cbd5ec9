import 'reflect-metadata';
import { createLogger, runService } from '@kernelcast/platform';
import { readDeliveryConfig } from './config/delivery.config.js';
import { startDelivery } from './startup/start-delivery.js';
import manifest from '../package.json' with { type: 'json' };

const config = readDeliveryConfig();
const logger = createLogger({ service: 'delivery', level: config.LOG_LEVEL, format: config.KERNELCAST_LOG_FORMAT });
await runService({ logger, start: () => startDelivery(config, logger, manifest.version) });
