import type { TrainingJob } from '@kernelcast/contracts';
import { createLogger, ReadinessService, readConfig } from '@kernelcast/platform';
import { createQueueSystem, trainingQueue, type QueueSystem } from '@kernelcast/queue';
import { startRedis, waitFor, type TestRedis } from '@kernelcast/testing';
import { registryConfigSchema } from '../config/registry.config.js';
import { TestRegistry } from '../testing/registry-app.js';
import { createIngredients, type Ingredients } from '../testing/scenario.js';
import { JobQueue } from './job-queue.service.js';
import { LostMessages } from './lost-messages.service.js';

const logger = createLogger({ service: 'test', level: 'silent' });

describe.each(['postgres', 'redis'] as const)('a message that the queue in %s has lost', (kind) => {
  let registry: TestRegistry;
  let redis: TestRedis | undefined;
  let ingredients: Ingredients;
  let queues: QueueSystem;
  let jobQueue: JobQueue;

  beforeAll(async () => {
    redis = kind === 'redis' ? await startRedis() : undefined;
    registry = await TestRegistry.start(redis ? { REDIS_URL: redis.url } : {});
    ingredients = await createIngredients(registry);
    const servers = { databaseUrl: registry.databaseUrl, redisUrl: redis?.url };
    queues = createQueueSystem(servers);
    const config = readConfig(registryConfigSchema, {
      DATABASE_URL: servers.databaseUrl,
      REDIS_URL: servers.redisUrl,
      KERNELCAST_STORE_DIR: registry.storeFolder,
      KERNELCAST_MASTER_KEY: 'A'.repeat(43),
    });
    // Another replica's, whose relay is left to the registry's own.
    jobQueue = new JobQueue(registry.database, new ReadinessService(), config, logger);
  });
  afterEach(() => registry.database.prisma.trainingJob.deleteMany());
  afterAll(async () => {
    await jobQueue.onApplicationShutdown();
    await queues.close();
    await registry.close();
    await redis?.stop();
  });

  const sweep = () => new LostMessages(registry.database, jobQueue, logger).sweep();
  const submit = async (): Promise<string> => {
    const { task, dataset, base } = ingredients;
    const order = { task: task.id, datasetVersion: dataset.id, baseNetwork: base.id, budget: { paramsRatio: 1 } };
    const { id } = await registry.made<TrainingJob>('/v1/training-jobs', order);
    await waitFor('the job to reach the queue', async () => (await queues.state(trainingQueue, id)) === 'waiting');
    await waitFor('the message to be marked as sent', async () => {
      const row = await registry.database.prisma.outboxMessage.findFirst({ where: { messageId: id } });
      return row?.sentAt;
    });
    return id;
  };
  const lose = (id: string) => queues.remove(trainingQueue, id);

  it('is brought back, whether its job waits or was in work', async () => {
    const [waiting, running, kept] = [await submit(), await submit(), await submit()];
    await registry.database.prisma.trainingJob.update({
      where: { id: running },
      data: { state: 'running', leaseToken: 'lease', attempt: 1 },
    });
    for (const id of [waiting, running]) expect(await lose(id)).toBe(true);
    expect(await sweep()).toEqual([waiting, running]);
    for (const id of [waiting, running, kept])
      await waitFor('the message', async () => (await queues.state(trainingQueue, id)) === 'waiting');
    expect(await sweep()).toEqual([]);
  });

  it('is not missed by jobs that are paused or have ended', async () => {
    const [paused, cancelled] = [await submit(), await submit()];
    await registry.made(`/v1/training-jobs/${paused}/pause`);
    await registry.made(`/v1/training-jobs/${cancelled}/cancel`);
    for (const id of [paused, cancelled]) await lose(id);
    expect(await sweep()).toEqual([]);
  });

  it('is left to the relay while it is still to be sent', async () => {
    const id = await submit();
    await lose(id);
    const looking = sweep();
    // Held up by an older run of the same job, the relay could not send it yet.
    await registry.database.prisma.outboxMessage.updateMany({ where: { messageId: id }, data: { sentAt: null } });
    await waitFor('the relay to send it', async () => (await queues.state(trainingQueue, id)) === 'waiting');
    expect(await looking).toEqual([]);
  });
});
