import { fileURLToPath } from 'node:url';
import { Database } from '@kernelcast/database';
import { bootstrapHttp, listen, ReadinessService, type Logger, type RunningService } from '@kernelcast/platform';
import { OBJECT_STORE, type ObjectStore } from '@kernelcast/storage';
import { TrainerModule } from '../app.module.js';
import type { TrainerConfig } from '../config/trainer.config.js';
import type { Device } from '../devices/device.types.js';
import { findDevices } from '../devices/find-devices.js';
import { probeBackend } from '../devices/probe-backend.js';

const PROBE_ENTRY = fileURLToPath(new URL('../training-child/probe-main.js', import.meta.url));

/** Starts the trainer; it takes jobs, and its health can be asked for, when this resolves. */
export async function startTrainer(config: TrainerConfig, logger: Logger, version: string): Promise<RunningService> {
  const { devices, backend } = await lookAround(config, logger);
  const app = await bootstrapHttp(TrainerModule.forRoot({ config, logger, version, devices, backend }), { logger });
  const readiness = app.get(ReadinessService, { strict: false });
  const database = app.get(Database, { strict: false });
  const store = app.get<ObjectStore>(OBJECT_STORE, { strict: false });
  readiness.register('database', () => database.ping());
  readiness.register('objectStore', () => store.ping());
  return listen(app, { host: config.KERNELCAST_HOST, port: config.KERNELCAST_PORT });
}

const UNKNOWN = 'unknown';

/** What there is to compute on, and what computes: that is known a little later, as no job has to wait for it. */
async function lookAround(config: TrainerConfig, logger: Logger) {
  const probe = ({ backend, environment }: Device) =>
    probeBackend({
      entry: PROBE_ENTRY,
      backend: config.KERNELCAST_BACKEND ?? backend,
      nativeFolder: config.KERNELCAST_NATIVE_DIR,
      environment,
    });
  const reasonAgainst = (device: Device): Promise<string | undefined> =>
    probe(device).then(
      () => undefined,
      (error: Error) => error.message,
    );
  const choice = {
    gpus: config.KERNELCAST_GPUS,
    visible: config.CUDA_VISIBLE_DEVICES,
    requireGpu: config.KERNELCAST_REQUIRE_GPU,
    backend: config.KERNELCAST_BACKEND,
    concurrency: config.KERNELCAST_TRAINER_CONCURRENCY,
  };
  const devices = await findDevices(choice, reasonAgainst, logger);
  const [first] = devices.slots;
  let found = config.KERNELCAST_BACKEND ?? first?.backend;
  if (first && found === undefined)
    void probe(first).then(
      (probed) => {
        found = probed.backend;
        logger.info(probed, 'backend of training');
      },
      // Jobs will say of themselves why it does not; here it is only shown.
      (err: unknown) => logger.warn({ err }, 'no backend of training loads'),
    );
  return { devices, backend: () => found ?? UNKNOWN };
}
