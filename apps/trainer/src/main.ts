import 'reflect-metadata';
import { createRequire } from 'node:module';
import { createLogger, runService } from '@kernelcast/platform';
import { readTrainerConfig } from './config/trainer.config.js';
import { startTrainer } from './startup/start-trainer.js';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
const config = readTrainerConfig();
const logger = createLogger({ service: 'trainer', level: config.LOG_LEVEL, format: config.KERNELCAST_LOG_FORMAT });
await runService({ logger, start: () => startTrainer(config, logger, version) });
