import type { JobCheckpoint, JobMetric, TrainingJob } from '@kernelcast/contracts';
import { problemOf, TestRegistry } from '../testing/registry-app.js';
import { createIngredients, type Ingredients } from '../testing/scenario.js';

let registry: TestRegistry;
let ingredients: Ingredients;
let job: TrainingJob;

beforeAll(async () => {
  registry = await TestRegistry.start();
  ingredients = await createIngredients(registry);
});
beforeEach(async () => {
  job = await registry.made<TrainingJob>('/v1/training-jobs', {
    task: ingredients.task.id,
    datasetVersion: ingredients.dataset.id,
    baseNetwork: ingredients.base.name,
    budget: { paramsRatio: 1 },
  });
});
afterAll(() => registry.close());

const report = (steps: readonly number[], lossAt: (step: number) => number | null = (step) => 1 / step) =>
  registry.database.prisma.jobEvent.createMany({
    data: steps.map((step) => ({
      trainingJobId: job.id,
      type: 'step',
      data: { step, steps: 100, epoch: 0, loss: lossAt(step), batchLoss: 2, accuracy: 0.5, imagesPerSecond: 33.5 },
    })),
  });
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, i) => from + i);
const curve = async (query = ''): Promise<JobMetric[]> =>
  (await registry.get<{ data: JobMetric[] }>(`/v1/training-jobs/${job.id}/metrics${query}`)).body.data;
const stepsOf = (points: readonly JobMetric[]) => points.map(({ step }) => step);

describe('the training curve of a job', () => {
  it('is empty before the first step', async () => {
    expect(await curve()).toEqual([]);
  });

  it('has all that was reported while that is short', async () => {
    await report([1, 2]);
    const [first, second] = await curve();
    expect(first).toMatchObject({ step: 1, loss: 1, batchLoss: 2, accuracy: 0.5, imagesPerSecond: 33.5 });
    expect(second).toMatchObject({ step: 2, loss: 0.5 });
  });

  it('follows the newer attempt where an older one was further', async () => {
    await report(range(1, 50), () => 1);
    await report(range(31, 40), () => 3);
    const points = await curve();
    expect(stepsOf(points)).toEqual(range(1, 40));
    expect(points.slice(28, 32).map(({ loss }) => loss)).toEqual([1, 1, 3, 3]);
  });

  it('is thinned to what was asked for, with its ends and what stands out', async () => {
    await report(range(1, 3000), (step) => (step === 1234 ? 50 : step === 2345 ? -50 : 1));
    const points = await curve('?points=40');
    expect(points).toHaveLength(40);
    expect(stepsOf(points)).toEqual(expect.arrayContaining([1, 1234, 2345, 3000]));
    expect(stepsOf(points)).toEqual(stepsOf(points).sort((a, b) => a - b));
  });

  it('can have steps without a loss', async () => {
    await report(range(1, 900), (step) => (step > 450 ? null : step));
    const points = await curve('?points=10');
    expect(points).toHaveLength(10);
    expect(points.at(-1)).toMatchObject({ step: 900, loss: null });
  });

  it.each(['metrics', 'checkpoints', 'logs'])('of an unknown job is refused, as are its %s', async (part) => {
    const answer = await registry.get(`/v1/training-jobs/job_${'0'.repeat(26)}/${part}`);
    expect(problemOf(answer)).toMatchObject({ status: 404, code: 'job_not_found' });
  });
});

describe('the checkpoints of a job', () => {
  it('are listed with their sizes, newest first', async () => {
    for (const step of [10, 20]) {
      const data = { trainingJobId: job.id, step, key: `checkpoints/${job.id}/${step}`, size: 1000n + BigInt(step) };
      await registry.database.prisma.jobCheckpoint.create({ data });
    }
    const { body } = await registry.get<{ data: JobCheckpoint[] }>(`/v1/training-jobs/${job.id}/checkpoints`);
    expect(body.data).toMatchObject([
      { step: 20, size: 1020 },
      { step: 10, size: 1010 },
    ]);
  });
});
