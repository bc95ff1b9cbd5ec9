import { jest } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { waitFor } from '@kernelcast/testing';
import { PROCESSORS } from '../devices/find-devices.js';
import { attemptTools } from '../testing/attempt-tools.js';
import { TrainingFixture } from '../testing/training-fixture.js';
import { TrainingJobsWorker } from './training-jobs.worker.js';

/** Each test starts several trainings; a machine that is busy with other work is given its time. */
jest.setTimeout(300_000);

/** More steps than any test waits for. */
const ENDLESS = 100_000;
const PATIENCE_MS = 120_000;
const never = new AbortController().signal;

let fixture: TrainingFixture;
beforeAll(async () => {
  fixture = await TrainingFixture.create();
});
afterAll(() => fixture.close());

const work = (id: string, signal = never): Promise<string> =>
  new TrainingJobsWorker(attemptTools(fixture), signal).handle({ trainingJobId: id }, PROCESSORS);
const untilStep = (id: string): Promise<unknown> =>
  waitFor('the first steps', async () => ((await fixture.job(id)).step ?? 0) > 0, PATIENCE_MS);

describe('a pause', () => {
  it('is granted with a checkpoint, and the job goes on from it to the result of an undisturbed one', async () => {
    const id = await fixture.createJob({ steps: 24 });
    const done = work(id);
    await untilStep(id);
    await fixture.requestPause(id);
    expect(await done).toBe('done');
    expect(await fixture.job(id)).toMatchObject({
      state: 'paused',
      attempt: 0,
      leaseToken: null,
      pauseRequested: false,
      estimatedFinish: null,
    });
    expect(await fixture.checkpointKeys(id)).not.toEqual([]);
    expect(await work(id)).toBe('done');
    expect((await fixture.job(id)).state).toBe('paused');

    await fixture.resume(id);
    const before = (await fixture.events(id)).length;
    await work(id);
    expect(await fixture.job(id)).toMatchObject({ state: 'succeeded', attempt: 1 });
    const events = (await fixture.events(id)).slice(before);
    expect(Number(events.find(({ type }) => type === 'step')?.data['step'])).toBeGreaterThan(1);
    expect(await fixture.states(id)).toEqual(['running', 'paused', 'running', 'evaluating', 'succeeded']);

    const undisturbed = await fixture.repeatJob(id);
    await work(undisturbed);
    expect((await fixture.job(id)).result?.digest).toBe((await fixture.job(undisturbed)).result?.digest);
  });

  it('is granted at once when the trainer that was asked for it is gone', async () => {
    const id = await fixture.createJob();
    await attemptTools(fixture).repository.lease(id);
    await fixture.requestPause(id);
    expect(await work(id)).toBe('done');
    expect(await fixture.job(id)).toMatchObject({ state: 'paused', leaseToken: null, pauseRequested: false });
  });

  it('is granted by a trainer that shuts down', async () => {
    const id = await fixture.createJob();
    const { repository } = attemptTools(fixture);
    const taken = await repository.lease(id);
    if (taken.kind !== 'taken') throw new Error(taken.kind);
    await fixture.requestPause(id);
    expect(await repository.release(taken.job.lease, 'shutting down')).toBe('paused');
    expect((await fixture.job(id)).state).toBe('paused');
  });
});

describe('a deadline', () => {
  it('ends a job in work, for good', async () => {
    const late = await fixture.createJob({ steps: ENDLESS, deadline: new Date(Date.now() + 8_000) });
    expect(await work(late)).toBe('done');
    const job = await fixture.job(late);
    expect(job).toMatchObject({ state: 'failed', errorCode: 'deadline_exceeded', errorRetryable: false });
    expect(job.errorMessage).toMatch(/deadline.*Retry it/);
    expect(await fixture.checkpointKeys(late)).toEqual([]);
    expect(await fixture.states(late)).toEqual(['running', 'failed']);
  });

  it('that has passed keeps a job from being started', async () => {
    const id = await fixture.createJob({ deadline: new Date(Date.now() - 1_000) });
    expect(await work(id)).toBe('done');
    expect(await fixture.job(id)).toMatchObject({ state: 'failed', errorCode: 'deadline_exceeded', attempt: 0 });
    expect(await fixture.states(id)).toEqual(['failed']);
  });
});

describe('a warm start', () => {
  it('trains on from the artifact of a version, and repeats bit for bit', async () => {
    const cold = await fixture.createJob();
    await work(cold);
    const version = (await fixture.job(cold)).result?.id;
    const [warm, again] = [await fixture.repeatJob(cold, version), await fixture.repeatJob(cold, version)];
    await work(warm);
    await work(again);
    const [first, second, third] = await Promise.all([cold, warm, again].map((id) => fixture.job(id)));
    expect(second).toMatchObject({ state: 'succeeded', result: { version: 2 } });
    expect(second?.result?.digest).not.toBe(first?.result?.digest);
    expect(third?.result?.digest).toBe(second?.result?.digest);
  });
});

describe('a training process', () => {
  const childThat = async (name: string, body: string): Promise<string> => {
    const entry = path.join(fixture.folder, `${name}.mjs`);
    await writeFile(entry, body);
    return entry;
  };
  const attempt = async (childEntry: string, settings = {}): Promise<string> => {
    const id = await fixture.createJob({ attempt: 4 });
    const tools = attemptTools(fixture, { childEntry, ...settings });
    await new TrainingJobsWorker(tools, never).handle({ trainingJobId: id }, PROCESSORS);
    return id;
  };

  it('that lives but says nothing is ended, and counts as a crash', async () => {
    const id = await attempt(await childThat('silent', "process.on('message', () => undefined);"), { silenceMs: 300 });
    const job = await fixture.job(id);
    expect(job).toMatchObject({ state: 'failed', errorCode: 'worker_crashed', errorRetryable: true });
    expect(job.errorMessage).toMatch(/after 5 attempts.*said nothing for 0\.3 s/);
  });

  it('whose native code fails is told to train without it', async () => {
    const id = await attempt(
      await childThat('native', "process.on('message', () => process.kill(process.pid, 'SIGSEGV'));"),
    );
    const job = await fixture.job(id);
    expect(job).toMatchObject({ state: 'failed', errorCode: 'worker_crashed' });
    expect(job.errorMessage).toMatch(/KERNELCAST_JOB_ATTEMPTS.*SIGSEGV.*KERNELCAST_BACKEND=wasm/);
  });

  it('that fills its heap fails the job at once, with what to do', async () => {
    const text = 'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory';
    const body = `process.on('message', () => process.stderr.write('${text}', () => process.abort()));`;
    const childEntry = await childThat('heap', body);
    const id = await fixture.createJob();
    await new TrainingJobsWorker(attemptTools(fixture, { childEntry }), never).handle(
      { trainingJobId: id },
      PROCESSORS,
    );
    const job = await fixture.job(id);
    expect(job).toMatchObject({ state: 'failed', errorCode: 'out_of_memory', attempt: 1 });
    expect(job.errorMessage).toMatch(/Lower batchSize/);
  });
});

describe('a training that diverges', () => {
  it('says so, and names the rate to lower', async () => {
    const id = await fixture.createJob();
    const hyperparameters = {
      steps: 40,
      batchSize: 8,
      optimiser: 'sgd',
      learningRate: 10,
      headLearningRate: 10,
      gradientClip: 0,
    };
    await fixture.database.prisma.trainingJob.update({ where: { id }, data: { hyperparameters, method: 'full' } });
    await work(id);
    const job = await fixture.job(id);
    expect(job).toMatchObject({ state: 'failed', errorCode: 'training_diverged', errorRetryable: false });
    expect(job.errorMessage).toMatch(/Lower learningRate/);
  });
});
