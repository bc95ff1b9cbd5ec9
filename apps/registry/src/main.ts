import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { createLogger, readConfig, runService } from '@kernelcast/platform';
import { z } from 'zod';
import { registryConfigSchema } from './config/registry.config.js';
import { startRegistry } from './startup/start-registry.js';

// Read at run time: the compiler drops import attributes, without which Node imports no JSON.
const manifest: unknown = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const { version } = z.object({ version: z.string() }).parse(manifest);
const config = readConfig(registryConfigSchema);
const logger = createLogger({ service: 'registry', level: config.LOG_LEVEL, format: config.KERNELCAST_LOG_FORMAT });
await runService({ logger, start: () => startRegistry({ config, logger, version }) });
