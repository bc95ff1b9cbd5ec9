import type { JobEvent, TrainingJob } from '@kernelcast/contracts';
import { waitFor } from '@kernelcast/testing';
import { problemOf, TestRegistry } from '../testing/registry-app.js';
import { createIngredients, finishJob, uploadDataset, type Ingredients } from '../testing/scenario.js';
import { imagesOf, TINY_PARAMETERS } from '../testing/uploads.js';

let registry: TestRegistry;
let ingredients: Ingredients;

beforeAll(async () => {
  registry = await TestRegistry.start();
  ingredients = await createIngredients(registry);
});
afterAll(() => registry.close());

/** The tiny network's smallest modulator takes 3+4 + 4 + 2+2 = 15 of its 34 parameters. */
const order = (changes: object = {}) => ({
  task: ingredients.task.name,
  datasetVersion: ingredients.dataset.id,
  baseNetwork: ingredients.base.id,
  budget: { paramsRatio: 0.9 },
  ...changes,
});
const unknown = (prefix: string) => `${prefix}_${'0'.repeat(26)}`;
const countJobs = () => registry.database.prisma.trainingJob.count();

describe('a training order', () => {
  it('is queued, with its message to the trainers, its event and its audit entry', async () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const job = await registry.made<TrainingJob>('/v1/training-jobs', order({ seed: 7 }), { headers: { traceparent } });
    expect(job).toMatchObject({ state: 'queued', method: 'km', seed: 7, attempt: 0, taskName: 'pets', progress: null });
    expect(job.queuePosition).toBeGreaterThanOrEqual(1);
    const outbox = await registry.database.prisma.outboxMessage.findFirst({ where: { messageId: job.id } });
    expect(outbox).toMatchObject({ queue: 'training-jobs', payload: { trainingJobId: job.id } });
    // Of the caller's trace, and not the caller itself.
    expect(outbox?.payload).toMatchObject({ traceparent: expect.stringMatching(/^00-4bf92f3577b34da6a3ce929d0e0e4736-(?!00f067aa0ba902b7)/) as string }); // prettier-ignore
    const events = await registry.get<{ data: JobEvent[] }>(`/v1/training-jobs/${job.id}/events`);
    expect(events.body.data).toMatchObject([{ type: 'state', data: { state: 'queued' } }]);
    expect(await registry.database.prisma.auditEvent.count({ where: { resource: job.id } })).toBe(1);
  });

  it('reaches the queue', async () => {
    const job = await registry.made<TrainingJob>('/v1/training-jobs', order());
    await waitFor('the outbox to be relayed', async () => {
      const row = await registry.database.prisma.outboxMessage.findFirst({ where: { messageId: job.id } });
      return row?.sentAt;
    });
  });

  it('is only looked at in a dry run', async () => {
    const before = await countJobs();
    const answer = await registry.post('/v1/training-jobs', order({ dryRun: true }));
    expect(answer).toMatchObject({
      status: 202,
      body: { valid: true, baseParameters: TINY_PARAMETERS, budgetParameters: 30 },
    });
    expect(await countJobs()).toBe(before);
  });

  it('keeps its priority, deadline and accelerator, and otherwise gets the usual ones', async () => {
    const deadline = new Date(Date.now() + 3_600_000).toISOString();
    const wishes = { priority: 9, deadline, accelerator: 'gpu' };
    expect(await registry.made('/v1/training-jobs', order(wishes))).toMatchObject(wishes);
    const usual = { priority: 5, deadline: null, accelerator: 'any', startFrom: null };
    expect(await registry.made('/v1/training-jobs', order())).toMatchObject(usual);
  });

  it('is told in a dry run how many are before it', async () => {
    const ask = async (changes: object) =>
      (await registry.post<{ queueLength: number }>('/v1/training-jobs', order({ dryRun: true, ...changes }))).body;
    const before = await ask({ priority: 3 });
    await registry.made('/v1/training-jobs', order({ priority: 3 }));
    expect(await ask({ priority: 3 })).toMatchObject({ queueLength: before.queueLength + 1 });
    await registry.made('/v1/training-jobs', order({ priority: 2 }));
    expect(await ask({ priority: 3 })).toMatchObject({ queueLength: before.queueLength + 1 });
  });

  it.each(['head', 'bias', 'bn', 'lora-conv', 'full'])('is accepted for the rival method %s', async (method) => {
    const job = await registry.made<TrainingJob>('/v1/training-jobs', order({ method }));
    expect(job).toMatchObject({ state: 'queued', method });
  });

  it('is told the size of a method that has only one', async () => {
    const answer = await registry.post('/v1/training-jobs', order({ method: 'full', dryRun: true }));
    expect(answer.body).toMatchObject({ valid: true, budgetParameters: TINY_PARAMETERS });
  });

  it.each([
    ['an unknown task', { task: 'nothing' }, 404, 'task_not_found'],
    ['an unknown task id', { task: unknown('task') }, 404, 'task_not_found'],
    ['an unknown dataset version', { datasetVersion: unknown('dsv') }, 404, 'dataset_not_found'],
    ['an unknown base', { baseNetwork: 'nothing' }, 404, 'base_network_not_found'],
    ['a budget below the smallest modulator', { budget: { paramsRatio: 0.4 } }, 422, 'budget_unreachable'],
    ['two budgets at once', { budget: { paramsRatio: 0.5, bytes: 10 } }, 422, 'validation_failed'],
    ['a priority out of range', { priority: 10 }, 422, 'validation_failed'],
    ['a deadline that has passed', { deadline: '2020-01-01T00:00:00Z' }, 422, 'validation_failed'],
    ['an unknown version to start from', { startFrom: unknown('mdv') }, 404, 'modulator_not_found'],
    ['a field nobody knows', { epochs: 3 }, 422, 'validation_failed'],
    ['an id that is none', { datasetVersion: 'pets' }, 422, 'validation_failed'],
    ['a name with a NUL', { task: 'a\u0000b' }, 422, 'validation_failed'],
  ])('is refused for %s, and nothing is written', async (_, changes, status, code) => {
    const before = await countJobs();
    const answer = await registry.post('/v1/training-jobs', order(changes));
    expect(problemOf(answer)).toMatchObject({ status, code, type: 'application/problem+json' });
    expect(await countJobs()).toBe(before);
    expect(await registry.database.prisma.outboxMessage.count()).toBe(before);
  });

  it('names the smallest ratio when the budget is out of reach', async () => {
    const answer = await registry.post('/v1/training-jobs', order({ budget: { bytes: 2 * 14 } }));
    expect(problemOf(answer).detail).toContain('the smallest feasible is 15: paramsRatio 0.441177 ');
  });

  it('points at the field that is wrong', async () => {
    const answer = await registry.post('/v1/training-jobs', order({ budget: { paramsRatio: 2 } }));
    expect(answer.body).toMatchObject({ errors: [{ pointer: '/body/budget/paramsRatio' }] });
  });

  it('points at a deadline that has passed', async () => {
    const answer = await registry.post('/v1/training-jobs', order({ deadline: '2020-01-01T00:00:00Z' }));
    expect(answer.body).toMatchObject({ errors: [{ pointer: '/body/deadline' }] });
  });

  it('may start from a version of its kind, unless that was turned down', async () => {
    const { id } = await finishJob(registry, ingredients, Buffer.from('a modulator'));
    expect(await registry.made('/v1/training-jobs', order({ startFrom: id }))).toMatchObject({ startFrom: id });
    const refused = await registry.post('/v1/training-jobs', order({ startFrom: id, method: 'head' }));
    expect(problemOf(refused)).toMatchObject({ status: 422, code: 'warm_start_mismatch' });
    const revocation = { state: 'revoked', decidedBy: 'key_x', decidedAt: new Date() } as const;
    await registry.database.prisma.modulatorVersion.update({ where: { id }, data: revocation });
    const revoked = await registry.post('/v1/training-jobs', order({ startFrom: id, dryRun: true }));
    expect(problemOf(revoked)).toMatchObject({ status: 422, detail: `Not from ${id}: it was revoked` });
  });

  it('is refused when the dataset has other classes', async () => {
    const other = await uploadDataset(registry, 'birds', imagesOf(['cat', 'bird']));
    const answer = await registry.post('/v1/training-jobs', order({ datasetVersion: other.id }));
    expect(problemOf(answer)).toMatchObject({ status: 422, code: 'labels_mismatch' });
  });

  it('is refused when the dataset is invalid', async () => {
    const broken = await uploadDataset(registry, 'broken', imagesOf(['cat']));
    expect(broken.state).toBe('invalid');
    const answer = await registry.post('/v1/training-jobs', order({ datasetVersion: broken.id }));
    expect(problemOf(answer)).toMatchObject({ status: 422, code: 'dataset_not_ready' });
  });

  it('is refused on a deprecated base', async () => {
    await registry.database.prisma.baseNetwork.update({
      where: { id: ingredients.base.id },
      data: { state: 'deprecated' },
    });
    const answer = await registry.post('/v1/training-jobs', order());
    await registry.database.prisma.baseNetwork.update({
      where: { id: ingredients.base.id },
      data: { state: 'active' },
    });
    expect(problemOf(answer)).toMatchObject({ status: 409, code: 'conflict' });
  });

  it('is refused when its body is no JSON', async () => {
    const answer = await registry.call('POST', '/v1/training-jobs', {
      raw: '{"task": ',
      headers: { 'content-type': 'application/json' },
    });
    expect(problemOf(answer)).toMatchObject({ status: 400, code: 'malformed_body', type: 'application/problem+json' });
  });
});

describe('a repeated order', () => {
  const withKey = (key: string) => ({ headers: { 'idempotency-key': key } });

  it('with the same key and body gives the first answer', async () => {
    const first = await registry.made<TrainingJob>('/v1/training-jobs', order(), withKey('a'));
    const again = await registry.made<TrainingJob>('/v1/training-jobs', order(), withKey('a'));
    expect(again).toEqual(first);
  });

  it('with the same key and another body is refused', async () => {
    await registry.made<TrainingJob>('/v1/training-jobs', order(), withKey('b'));
    const answer = await registry.post('/v1/training-jobs', order({ seed: 1 }), withKey('b'));
    expect(problemOf(answer)).toMatchObject({ status: 422, code: 'idempotency_mismatch' });
  });

  it('makes one job, however many come at once', async () => {
    const before = await countJobs();
    const jobs = await Promise.all(
      Array.from({ length: 8 }, () => registry.made<TrainingJob>('/v1/training-jobs', order(), withKey('c'))),
    );
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(1);
    expect(await countJobs()).toBe(before + 1);
  });

  it('of somebody else is another order', async () => {
    const key = await registry.keyOf('trainer');
    const mine = await registry.made<TrainingJob>('/v1/training-jobs', order(), withKey('d'));
    const theirs = await registry.made<TrainingJob>('/v1/training-jobs', order(), { ...withKey('d'), key });
    expect(theirs.id).not.toBe(mine.id);
  });

  it('may succeed after the first was refused', async () => {
    const refused = await registry.post('/v1/training-jobs', order({ task: 'later' }), withKey('e'));
    expect(refused.status).toBe(404);
    await registry.made('/v1/tasks', { name: 'later', title: 'Later', labels: ['cat', 'dog'] });
    const answer = await registry.post('/v1/training-jobs', order({ task: 'later' }), withKey('e'));
    expect(answer.status).toBe(202);
  });
});

describe('the time a job will take', () => {
  /** A job that was trained at so many goes, each of which began with the state `running`. */
  const finished = async (
    seconds: number,
    { goes = 1, ...changes }: { goes?: number; [field: string]: unknown } = {},
  ) => {
    const { id } = await registry.made<TrainingJob>('/v1/training-jobs', order({ method: 'bn', ...changes }));
    const startedAt = new Date(Date.now() - 3_600_000);
    const finishedAt = new Date(startedAt.getTime() + seconds * 1000);
    const { prisma } = registry.database;
    for (let i = 0; i < goes; i++)
      await prisma.jobEvent.create({ data: { trainingJobId: id, type: 'state', data: { state: 'running' } } });
    await prisma.trainingJob.update({ where: { id }, data: { state: 'succeeded', startedAt, finishedAt, steps: 100 } });
  };
  const estimate = async (changes: object = {}) => {
    const asked = order({ method: 'bn', dryRun: true, ...changes });
    return (await registry.post<{ estimatedSeconds: number }>('/v1/training-jobs', asked)).body.estimatedSeconds;
  };

  it('is not known before one like it has ended', async () => {
    expect(await estimate()).toBeNull();
  });

  it('is told by those that ended at one go, without a search, by the same method', async () => {
    for (const seconds of [10, 30, 20]) await finished(seconds);
    await finished(900, { goes: 2 });
    await finished(900, { method: 'full' });
    await finished(900, { budget: { paramsRatio: 0.9, seconds: 900 } });
    expect(await estimate()).toBe(20);
    expect(await estimate({ hyperparameters: { steps: 200 } })).toBe(40);
    expect(await estimate({ hyperparameters: { steps: 'auto' } })).toBe(20);
    expect(await estimate({ budget: { paramsRatio: 0.9, seconds: 60 } })).toBe(60);
    expect(await estimate({ method: 'lora-conv' })).toBeNull();
  });
});

describe('a queued job', () => {
  it('is cancelled once', async () => {
    const job = await registry.made<TrainingJob>('/v1/training-jobs', order());
    const cancelled = await registry.made<TrainingJob>(`/v1/training-jobs/${job.id}/cancel`);
    expect(cancelled).toMatchObject({ state: 'cancelled', queuePosition: null });
    const again = await registry.post(`/v1/training-jobs/${job.id}/cancel`);
    expect(problemOf(again)).toMatchObject({ status: 409, code: 'conflict' });
  });
});
