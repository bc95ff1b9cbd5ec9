import 'reflect-metadata';
import { createLogger, readConfig, runService } from '@kernelcast/platform';
import { registryConfigSchema } from './config/registry.config.js';
import { startRegistry } from './startup/start-registry.js';
import manifest from '../package.json' with { type: 'json' };

const config = readConfig(registryConfigSchema);
const logger = createLogger({ service: 'registry', level: config.LOG_LEVEL, format: config.KERNELCAST_LOG_FORMAT });
await runService({ logger, start: () => startRegistry({ config, logger, version: manifest.version }) });
