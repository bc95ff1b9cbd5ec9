import type { TrainingJob } from '@kernelcast/contracts';
import { newId } from '@kernelcast/database';
import { createQueueSystem, trainingQueues, type QueueSystem } from '@kernelcast/queue';
import { startRedis, waitFor, type TestRedis } from '@kernelcast/testing';
import { TestRegistry } from '../testing/registry-app.js';
import { createIngredients, type Ingredients } from '../testing/scenario.js';

describe.each(['postgres', 'redis'] as const)('the line of jobs, with queues in %s', (kind) => {
  let registry: TestRegistry;
  let redis: TestRedis | undefined;
  let ingredients: Ingredients;
  let queues: QueueSystem;

  beforeAll(async () => {
    redis = kind === 'redis' ? await startRedis() : undefined;
    registry = await TestRegistry.start(redis ? { REDIS_URL: redis.url } : {});
    ingredients = await createIngredients(registry);
    queues = createQueueSystem({ databaseUrl: registry.databaseUrl, redisUrl: redis?.url });
  });
  afterEach(async () => {
    await registry.database.prisma.trainer.deleteMany();
    await registry.database.prisma.trainingJob.deleteMany();
  });
  afterAll(async () => {
    await queues.close();
    await registry.close();
    await redis?.stop();
  });

  const submit = async (changes: object): Promise<string> => {
    const { id } = await registry.made<TrainingJob>('/v1/training-jobs', {
      task: ingredients.task.name,
      datasetVersion: ingredients.dataset.id,
      baseNetwork: ingredients.base.id,
      budget: { paramsRatio: 0.9 },
      ...changes,
    });
    return id;
  };
  const jobs = async (): Promise<TrainingJob[]> =>
    (await registry.get<{ data: TrainingJob[] }>('/v1/training-jobs')).body.data;
  const trainer = (accelerator: 'cpu' | 'gpu') =>
    registry.database.prisma.trainer.create({
      data: { id: newId('trainer'), hostname: 'h', version: '1', backend: 'b', accelerator, concurrency: 1 },
    });
  const relayed = () =>
    waitFor('the outbox to be relayed', async () => {
      return (await registry.database.prisma.outboxMessage.count({ where: { sentAt: null } })) === 0;
    });
  /** Ids in the order in which a trainer with a GPU gets them, one queue after the other. */
  const takeAll = async (count: number): Promise<string[]> => {
    const taken: string[] = [];
    for (const queue of trainingQueues(true)) {
      const expected = (await jobs()).filter((job) => (job.accelerator === 'gpu') === (queue.name === 'training-gpu'));
      const before = taken.length;
      const worker = queues.work(queue, ({ trainingJobId }) => Promise.resolve(void taken.push(trainingJobId)));
      await waitFor('the jobs of a queue', () => taken.length === before + expected.length);
      await worker.close();
    }
    expect(taken).toHaveLength(count);
    return taken;
  };

  it('is told as it is: by priority, then by age, each kind of trainer with a line of its own', async () => {
    const [late, early] = [await submit({ priority: 2 }), await submit({ priority: 8 })];
    const [first, second] = [await submit({ priority: 5 }), await submit({ priority: 5 })];
    const gpu = await submit({ accelerator: 'gpu', priority: 0 });
    // Leaves its place and comes back behind its equals.
    await registry.made(`/v1/training-jobs/${first}/pause`);
    await registry.made(`/v1/training-jobs/${first}/resume`);
    await relayed();
    const told = (await jobs())
      .sort((a, b) => a.accelerator.localeCompare(b.accelerator) || (a.queuePosition ?? 0) - (b.queuePosition ?? 0))
      .map(({ id, queuePosition }) => [id, queuePosition]);
    expect(told).toEqual([[early, 1], [second, 2], [first, 3], [late, 4], [gpu, 1]]); // prettier-ignore
    expect(await takeAll(5)).toEqual([gpu, early, second, first, late]);
  });

  it('is left by a cancelled job', async () => {
    const [kept, cancelled] = [await submit({}), await submit({ priority: 9 })];
    await relayed();
    await registry.made(`/v1/training-jobs/${cancelled}/cancel`);
    await registry.database.prisma.trainingJob.delete({ where: { id: cancelled } });
    expect(await takeAll(1)).toEqual([kept]);
  });

  it('loses nobody who is paused and resumed again and again', async () => {
    const id = await submit({});
    for (let i = 0; i < 5; i++) {
      await registry.made(`/v1/training-jobs/${id}/pause`);
      await registry.made(`/v1/training-jobs/${id}/resume`);
    }
    await relayed();
    expect(await takeAll(1)).toEqual([id]);
  });

  it('says what a job waits for', async () => {
    const reasons = async () => (await jobs()).map(({ pendingReason }) => pendingReason);
    const again = await submit({});
    await submit({});
    await submit({ accelerator: 'gpu' });
    expect(await reasons()).toEqual(['waiting_for_gpu', 'waiting_for_trainer', 'waiting_for_trainer']);
    await trainer('cpu');
    await registry.database.prisma.trainingJob.update({ where: { id: again }, data: { attempt: 1 } });
    expect(await reasons()).toEqual(['waiting_for_gpu', 'waiting_for_turn', 'retrying']);
    await trainer('gpu');
    expect(await reasons()).toEqual(['waiting_for_turn', 'waiting_for_turn', 'retrying']);
    await takeAll(3);
  });
});
