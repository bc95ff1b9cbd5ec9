import type { JobEvent, TrainingJob } from '@kernelcast/contracts';
import { AuditRepository } from '../changes/audit.repository.js';
import { Changes } from '../changes/changes.service.js';
import { IdempotencyRepository } from '../changes/idempotency.repository.js';
import { TestRegistry } from '../testing/registry-app.js';
import { createIngredients } from '../testing/scenario.js';
import { TrainersRepository } from '../trainers/trainers.repository.js';
import { JobEventsRepository } from './job-events.repository.js';
import { OverdueJobs } from './overdue-jobs.service.js';
import { TrainingJobsRepository } from './training-jobs.repository.js';

let registry: TestRegistry;
let order: object;

beforeAll(async () => {
  registry = await TestRegistry.start();
  const { task, dataset, base } = await createIngredients(registry);
  order = { task: task.id, datasetVersion: dataset.id, baseNetwork: base.id, budget: { paramsRatio: 1 } };
});
afterAll(() => registry.close());

/** What another replica of the registry has. */
const replica = (): OverdueJobs => {
  const { database } = registry;
  return new OverdueJobs(
    new TrainingJobsRepository(database, new TrainersRepository(database)),
    new JobEventsRepository(database),
    new Changes(database, new AuditRepository(), new IdempotencyRepository(database), new Uint8Array(32)),
  );
};
const HOUR_MS = 3_600_000;
const submit = (): Promise<TrainingJob> => registry.made<TrainingJob>('/v1/training-jobs', order);
const setDeadline = (id: string, fromNowMs: number) =>
  registry.database.prisma.trainingJob.update({
    where: { id },
    data: { deadline: new Date(Date.now() + fromNowMs) },
  });
const get = async (id: string) => (await registry.get<TrainingJob>(`/v1/training-jobs/${id}`)).body;

describe('a deadline', () => {
  it('closes what waits or is paused, once, however many replicas look', async () => {
    const waiting = await submit();
    const paused = await submit();
    await registry.made(`/v1/training-jobs/${paused.id}/pause`);
    for (const { id } of [waiting, paused]) await setDeadline(id, -1);
    await Promise.all([replica().sweep(), replica().sweep(), replica().sweep()]);
    for (const { id } of [waiting, paused]) {
      expect(await get(id)).toMatchObject({ state: 'failed', error: { code: 'deadline_exceeded', retryable: false } });
      const { body } = await registry.get<{ data: JobEvent[] }>(`/v1/training-jobs/${id}/events`);
      expect(body.data.filter(({ data }) => data['state'] === 'failed')).toHaveLength(1);
      const audit = { resource: id, action: 'training_job.expire', actor: 'system' };
      expect(await registry.database.prisma.auditEvent.count({ where: audit })).toBe(1);
    }
  });

  it('leaves alone what has time left, has none, or is in work', async () => {
    const [ahead, none, running] = [await submit(), await submit(), await submit()];
    await setDeadline(ahead.id, HOUR_MS);
    await registry.database.prisma.trainingJob.update({
      where: { id: running.id },
      data: { state: 'running', leaseToken: 'lease', deadline: new Date(0) },
    });
    expect(await replica().sweep()).toBe(0);
    const states = await Promise.all([ahead, none, running].map(async ({ id }) => (await get(id)).state));
    expect(states).toEqual(['queued', 'queued', 'running']);
  });

  it('is watched while the registry runs', async () => {
    const { id } = await submit();
    await setDeadline(id, -1);
    const events = await fetch(`${registry.url}/v1/training-jobs/${id}/events`, {
      headers: { authorization: `Bearer ${TestRegistry.adminKey}`, accept: 'text/event-stream' },
    });
    expect(await events.text()).toContain('deadline_exceeded');
  });
});
