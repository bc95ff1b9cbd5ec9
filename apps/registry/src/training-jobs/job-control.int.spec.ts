import type { JobEvent, TrainingJob } from '@kernelcast/contracts';
import type { Prisma } from '@kernelcast/database';
import { problemOf, TestRegistry } from '../testing/registry-app.js';
import { createIngredients, type Ingredients } from '../testing/scenario.js';

let registry: TestRegistry;
let ingredients: Ingredients;

beforeAll(async () => {
  registry = await TestRegistry.start();
  ingredients = await createIngredients(registry);
});
afterAll(() => registry.close());

const submit = (changes: object = {}): Promise<TrainingJob> =>
  registry.made<TrainingJob>('/v1/training-jobs', {
    task: ingredients.task.name,
    datasetVersion: ingredients.dataset.id,
    baseNetwork: ingredients.base.id,
    budget: { paramsRatio: 0.9 },
    ...changes,
  });
const act = (id: string, action: string, key?: string) =>
  registry.post<TrainingJob>(`/v1/training-jobs/${id}/${action}`, undefined, { key });
/** What a trainer, or an earlier one, made of a job. */
const set = (id: string, data: Prisma.TrainingJobUpdateInput) =>
  registry.database.prisma.trainingJob.update({ where: { id }, data });
const run = (id: string) => set(id, { state: 'running', leaseToken: 'lease', attempt: 1, startedAt: new Date() });
const statesOf = async (id: string) => {
  const { body } = await registry.get<{ data: JobEvent[] }>(`/v1/training-jobs/${id}/events`);
  return body.data.filter(({ type }) => type === 'state').map(({ data }) => data['state']);
};
const auditOf = async (id: string, action: string) =>
  registry.database.prisma.auditEvent.findMany({ where: { resource: id, action: `training_job.${action}` } });

describe('a job that waits', () => {
  it('is paused at once, and takes its place at the end when it is resumed', async () => {
    const job = await submit({ priority: 9 });
    const other = await submit({ priority: 9 });
    const paused = await act(job.id, 'pause');
    expect(paused.body).toMatchObject({ state: 'paused', pendingReason: 'paused', queuePosition: null });
    expect((await registry.get<TrainingJob>(`/v1/training-jobs/${other.id}`)).body.queuePosition).toBe(1);
    const resumed = await act(job.id, 'resume');
    expect(resumed.body).toMatchObject({ state: 'queued', pendingReason: 'waiting_for_trainer', queuePosition: 2 });
    expect(await statesOf(job.id)).toEqual(['queued', 'paused', 'queued']);
    expect(await auditOf(job.id, 'pause')).toMatchObject([
      { before: { state: 'queued', pauseRequested: false }, after: { state: 'paused', pauseRequested: false } },
    ]);
    expect(await auditOf(job.id, 'resume')).toHaveLength(1);
  });

  it('is paused by one of those who ask at the same time', async () => {
    const { id } = await submit();
    const answers = await Promise.all(Array.from({ length: 6 }, () => act(id, 'pause')));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409, 409]);
    expect(await statesOf(id)).toEqual(['queued', 'paused']);
  });

  it('cannot be resumed or retried', async () => {
    const { id } = await submit();
    for (const [action, done] of [
      ['resume', 'resumed'],
      ['retry', 'retried'],
    ] as const)
      // prettier-ignore
      expect(problemOf(await act(id, action))).toMatchObject({
        status: 409,
        code: 'conflict',
        detail: `A job that is queued cannot be ${done}`,
      });
  });
});

describe('a job in work', () => {
  it('is asked to pause, which its trainer grants or somebody withdraws', async () => {
    const { id } = await submit();
    await run(id);
    const asked = await act(id, 'pause');
    expect(asked.body).toMatchObject({ state: 'running', pendingReason: 'pausing' });
    expect(problemOf(await act(id, 'pause')).detail).toBe('A job that is being paused cannot be paused');
    const withdrawn = await act(id, 'resume');
    expect(withdrawn.body).toMatchObject({ state: 'running', pendingReason: null });
    expect(await statesOf(id)).toEqual(['queued']);
    expect(await auditOf(id, 'pause')).toMatchObject([{ after: { state: 'running', pauseRequested: true } }]);
  });

  it('is cancelled although it was asked to pause', async () => {
    const { id } = await submit();
    await run(id);
    await act(id, 'pause');
    expect((await act(id, 'cancel')).body).toMatchObject({ state: 'cancelled', pendingReason: null });
    const row = await registry.database.prisma.trainingJob.findUniqueOrThrow({ where: { id } });
    expect(row).toMatchObject({ pauseRequested: false, leaseToken: null });
  });
});

describe('a failed job', () => {
  const fail = (id: string, deadline: Date | null = null) =>
    set(id, {
      state: 'failed',
      leaseToken: null,
      finishedAt: new Date(),
      attempt: 5,
      step: 3,
      steps: 9,
      errorCode: 'worker_crashed',
      errorMessage: 'Given up',
      errorRetryable: true,
      deadline,
    });

  it('is started again with all its attempts before it, and keeps its checkpoints', async () => {
    const { id } = await submit();
    await fail(id);
    const checkpoint = { trainingJobId: id, step: 3, key: `checkpoints/${id}`, size: 10n };
    await registry.database.prisma.jobCheckpoint.create({ data: checkpoint });
    const { body } = await act(id, 'retry');
    expect(body).toMatchObject({ state: 'queued', attempt: 0, error: null, finishedAt: null, progress: null });
    expect(body.queuePosition).toBeGreaterThan(0);
    expect(await registry.database.prisma.jobCheckpoint.count({ where: { trainingJobId: id } })).toBe(1);
    expect(await statesOf(id)).toEqual(['queued', 'queued']);
    expect(await auditOf(id, 'retry')).toHaveLength(1);
  });

  it('loses a deadline that has passed, and no other', async () => {
    const { id } = await submit();
    await fail(id, new Date(Date.now() - 1000));
    expect((await act(id, 'retry')).body.deadline).toBeNull();
    const ahead = new Date(Date.now() + 3_600_000);
    await fail(id, ahead);
    expect((await act(id, 'retry')).body.deadline).toBe(ahead.toISOString());
  });

  it.each(['pause', 'resume', 'cancel'])('cannot be told to %s', async (action) => {
    const { id } = await submit();
    await fail(id);
    expect(problemOf(await act(id, action))).toMatchObject({ status: 409, code: 'conflict' });
  });
});

describe('any job', () => {
  it.each(['pause', 'resume', 'retry', 'cancel'])('must exist for one to %s it', async (action) => {
    expect(problemOf(await act(`job_${'0'.repeat(26)}`, action))).toMatchObject({ status: 404, code: 'job_not_found' });
  });

  it('is left alone by viewers', async () => {
    const { id } = await submit();
    const viewer = await registry.keyOf('viewer');
    expect((await act(id, 'pause', viewer)).status).toBe(403);
    expect((await act(id, 'pause', await registry.keyOf('trainer'))).status).toBe(200);
  });
});
