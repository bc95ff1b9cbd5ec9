import { jest } from '@jest/globals';
import { waitFor } from '@kernelcast/testing';
import { PROCESSORS } from '../devices/find-devices.js';
import { attemptTools, CHECKPOINTS_KEPT } from '../testing/attempt-tools.js';
import { TrainingFixture } from '../testing/training-fixture.js';
import type { AttemptSettings } from './attempt.types.js';
import { TrainingJobsWorker } from './training-jobs.worker.js';

/** Each test starts several trainings; a machine that is busy with other work is given its time. */
jest.setTimeout(300_000);

const never = new AbortController().signal;
const PATIENCE_MS = 120_000;

let fixture: TrainingFixture;
beforeAll(async () => {
  fixture = await TrainingFixture.create();
});
afterAll(() => fixture.close());

const work = (id: string, signal = never, settings: Partial<AttemptSettings> = {}): Promise<string> =>
  new TrainingJobsWorker(attemptTools(fixture, settings), signal).handle({ trainingJobId: id }, PROCESSORS);

const logsOf = async (id: string): Promise<string[]> =>
  (await fixture.events(id)).filter(({ type }) => type === 'log').map(({ data }) => String(data['message']));

const checkpointSteps = async (id: string): Promise<number[]> =>
  (await fixture.events(id)).filter(({ type }) => type === 'checkpoint').map(({ data }) => Number(data['step']));

/** A job that was stopped on its way, with its newest checkpoint. */
const stoppedJob = async (): Promise<{ id: string; newest: string; step: number }> => {
  const id = await fixture.createJob({ steps: 24 });
  const shutdown = new AbortController();
  const done = work(id, shutdown.signal);
  await waitFor('two checkpoints', async () => (await fixture.checkpointKeys(id)).length >= 2, PATIENCE_MS);
  shutdown.abort();
  expect(await done).toBe('again');
  const [newest = ''] = await fixture.checkpointKeys(id);
  return { id, newest, step: (await checkpointSteps(id)).at(-1) ?? 0 };
};

it('are kept to a bound: the newest few stay, with their objects', async () => {
  const id = await fixture.createJob({ steps: 100_000 });
  const done = work(id, never, { checkpointEverySteps: 2, checkpointEveryMs: 60_000 });
  await waitFor('more than are kept', async () => (await checkpointSteps(id)).length > CHECKPOINTS_KEPT, PATIENCE_MS);
  await fixture.requestPause(id);
  await done;
  const steps = await checkpointSteps(id);
  const keys = await fixture.checkpointKeys(id);
  expect(keys.map((key) => Number(key.split('/').at(-1)))).toEqual(steps.slice(-CHECKPOINTS_KEPT).reverse());
  for (const key of keys) expect(await fixture.store.stat(key)).not.toBeNull();
});

describe('when the newest is of no use', () => {
  it.each(['damaged', 'gone'])('are resumed from the one before: %s', async (what) => {
    const { id, newest, step } = await stoppedJob();
    if (what === 'damaged') await fixture.store.put(newest, Buffer.from('rubbish'));
    else await fixture.store.delete(newest);
    const before = (await fixture.events(id)).length;
    expect(await work(id)).toBe('done');
    expect(await fixture.job(id)).toMatchObject({ state: 'succeeded', attempt: 1 });
    expect(await logsOf(id)).toContainEqual(expect.stringContaining('the one before is tried'));
    const events = (await fixture.events(id)).slice(before);
    const first = Number(events.find(({ type }) => type === 'step')?.data['step']);
    expect(first).toBeGreaterThan(1);
    expect(first).toBeLessThanOrEqual(step);

    const undisturbed = await fixture.repeatJob(id);
    await work(undisturbed);
    expect((await fixture.job(id)).result?.digest).toBe((await fixture.job(undisturbed)).result?.digest);
  });

  it('cost the work done, not the job, when none can be continued', async () => {
    const id = await fixture.createJob();
    const keys = [await fixture.addCheckpoint(id, 3, Buffer.from('rubbish')), await fixture.addCheckpoint(id, 6)];
    expect(await work(id)).toBe('done');
    expect(await fixture.job(id)).toMatchObject({ state: 'succeeded', attempt: 1 });
    expect(await logsOf(id)).toContainEqual(expect.stringContaining('training starts anew'));
    for (const key of keys) expect(await fixture.store.stat(key)).toBeNull();
  });
});

describe('of jobs that have ended', () => {
  it('go with the sweep, and those of others stay', async () => {
    const [cancelled, failed, lost, waiting] = await Promise.all([1, 2, 3, 4].map(() => fixture.createJob()));
    if (!cancelled || !failed || !lost || !waiting) throw new Error('no jobs');
    const keys = await Promise.all(
      [cancelled, failed, lost, waiting].map((id) => fixture.addCheckpoint(id, 1, Buffer.from('x'))),
    );
    await fixture.cancel(cancelled);
    const fail = (id: string, errorRetryable: boolean) =>
      fixture.database.prisma.trainingJob.update({
        where: { id },
        data: { state: 'failed', errorCode: 'internal', errorMessage: '', errorRetryable, finishedAt: new Date() },
      });
    await fail(failed, true);
    await fail(lost, false);
    await attemptTools(fixture).checkpoints.sweep();
    const left = await Promise.all(keys.map((key) => fixture.store.stat(key)));
    expect(left.map((stat) => stat !== null)).toEqual([false, true, false, true]);
    expect(await fixture.checkpointKeys(cancelled)).toEqual([]);
    expect(await fixture.checkpointKeys(waiting)).toHaveLength(1);
  });
});
