import os from 'node:os';
import { readTrainerConfig } from './trainer.config.js';

const NEEDED = { DATABASE_URL: 'postgresql://localhost/kernelcast', KERNELCAST_STORE_DIR: '/objects' };

it('trains as many jobs at once as there are cores, and writes a checkpoint every ten seconds', () => {
  expect(readTrainerConfig(NEEDED)).toMatchObject({
    KERNELCAST_TRAINER_CONCURRENCY: os.availableParallelism(),
    KERNELCAST_CHECKPOINT_INTERVAL_MS: 10_000,
  });
});

it('names all that is wrong at once', () => {
  const environment = { ...NEEDED, DATABASE_URL: undefined, KERNELCAST_TRAINER_CONCURRENCY: '0' };
  expect(() => readTrainerConfig(environment)).toThrow(/DATABASE_URL[\s\S]*KERNELCAST_TRAINER_CONCURRENCY/);
});
