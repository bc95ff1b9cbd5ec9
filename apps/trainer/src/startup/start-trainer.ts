import { Database } from '@kernelcast/database';
import { bootstrapHttp, listen, ReadinessService, type Logger, type RunningService } from '@kernelcast/platform';
import { OBJECT_STORE, type ObjectStore } from '@kernelcast/storage';
import { TrainerModule } from '../app.module.js';
import type { TrainerConfig } from '../config/trainer.config.js';

/** Starts the trainer; it takes jobs, and its health can be asked for, when this resolves. */
export async function startTrainer(config: TrainerConfig, logger: Logger, version: string): Promise<RunningService> {
  const app = await bootstrapHttp(TrainerModule.forRoot({ config, logger, version }), { logger });
  const readiness = app.get(ReadinessService, { strict: false });
  const database = app.get(Database, { strict: false });
  const store = app.get<ObjectStore>(OBJECT_STORE, { strict: false });
  readiness.register('database', () => database.ping());
  readiness.register('objectStore', () => store.ping());
  return listen(app, { host: config.KERNELCAST_HOST, port: config.KERNELCAST_PORT });
}
