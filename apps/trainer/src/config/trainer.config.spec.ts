import { readTrainerConfig } from './trainer.config.js';

const NEEDED = { DATABASE_URL: 'postgresql://localhost/kernelcast', KERNELCAST_STORE_DIR: '/objects' };

it('loses ten seconds of work at most, gives a job five attempts, and needs no GPU', () => {
  expect(readTrainerConfig(NEEDED)).toMatchObject({
    KERNELCAST_CHECKPOINT_INTERVAL_MS: 10_000,
    KERNELCAST_CHECKPOINTS_KEPT: 3,
    KERNELCAST_JOB_ATTEMPTS: 5,
    KERNELCAST_REQUIRE_GPU: false,
  });
});

it('names all that is wrong at once', () => {
  const environment = { ...NEEDED, DATABASE_URL: undefined, KERNELCAST_TRAINER_CONCURRENCY: '0' };
  expect(() => readTrainerConfig(environment)).toThrow(/DATABASE_URL[\s\S]*KERNELCAST_TRAINER_CONCURRENCY/);
});
