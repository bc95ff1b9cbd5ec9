import { chmod, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { jest } from '@jest/globals';
import { createQueueSystem, trainingQueue, type QueueSystem } from '@kernelcast/queue';
import { waitFor } from '@kernelcast/testing';
import { TrainerProcess } from './testing/trainer-process.js';
import { TrainingFixture } from './testing/training-fixture.js';

/** Each test starts several trainings; a machine that is busy with other work is given its time. */
jest.setTimeout(300_000);

/** A dead worker's jobs are taken over when their lock of 10 s has run out, plus a third of it. */
const TAKEOVER_MS = 120_000;

let fixture: TrainingFixture;
let queues: QueueSystem;
const trainers: TrainerProcess[] = [];

beforeAll(async () => {
  fixture = await TrainingFixture.create();
  queues = createQueueSystem({ databaseUrl: fixture.databaseUrl });
});
afterEach(async () => {
  for (const trainer of trainers.splice(0)) {
    trainer.kill('SIGKILL');
    await trainer.ended;
  }
});
afterAll(async () => {
  await queues.close();
  await fixture.close();
});

const startTrainer = async (): Promise<TrainerProcess> => {
  const trainer = await TrainerProcess.start(fixture);
  trainers.push(trainer);
  return trainer;
};
const enqueue = async (id: string): Promise<string> => {
  await queues.add(trainingQueue, id, { trainingJobId: id });
  return id;
};
const untilState = (id: string, state: string): Promise<unknown> =>
  waitFor(`${id} to be ${state}`, async () => (await fixture.job(id)).state === state, TAKEOVER_MS);
const untilCheckpoint = (id: string): Promise<string> =>
  waitFor('a checkpoint', async () => (await fixture.checkpointKeys(id))[0], TAKEOVER_MS);

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

it('takes jobs from the queue, one after the other, and tells of its health meanwhile', async () => {
  const trainer = await startTrainer();
  const ids = [await enqueue(await fixture.createJob()), await enqueue(await fixture.createJob({ method: 'head' }))];
  expect((await fetch(`${trainer.url}/readyz`)).status).toBe(200);
  for (const id of ids) await untilState(id, 'succeeded');
  const metrics = await (await fetch(`${trainer.url}/metrics`)).text();
  expect(metrics).toMatch(/kernelcast_training_jobs_handled_total\{.*result="done".*\} [12]/);
});

it('is killed in mid-job: the next one continues from the checkpoint and ends the job well, once', async () => {
  const first = await startTrainer();
  const id = await enqueue(await fixture.createJob({ steps: 40 }));
  await untilCheckpoint(id);
  const children = first.children();
  expect(children).toHaveLength(1);
  first.kill('SIGKILL');
  await first.ended;
  // Nobody trains on for a parent that is gone.
  await waitFor('the training process to end', () => !children.some(isAlive));
  expect((await fixture.job(id)).state).toBe('running');
  const before = await fixture.events(id);
  const checkpointed = Number(before.filter(({ type }) => type === 'checkpoint').at(-1)?.data['step']);

  await startTrainer();
  await untilState(id, 'succeeded');
  const after = (await fixture.events(id)).slice(before.length);
  expect(Number(after.find(({ type }) => type === 'step')?.data['step'])).toBeGreaterThan(checkpointed);
  expect((await fixture.job(id)).attempt).toBe(2);
  expect(await fixture.states(id)).toEqual(['running', 'running', 'evaluating', 'succeeded']);
  expect(await fixture.database.prisma.modulatorVersion.count({ where: { trainingJobId: id } })).toBe(1);

  const undisturbed = await enqueue(await fixture.repeatJob(id));
  await untilState(undisturbed, 'succeeded');
  const digest = (await fixture.job(undisturbed)).result?.digest;
  expect((await fixture.job(id)).result?.digest).toBe(digest);
});

it('is told to end in mid-job: it exits with 0 and another one takes the job over at once', async () => {
  const first = await startTrainer();
  const id = await enqueue(await fixture.createJob({ steps: 40 }));
  await waitFor('the first steps', async () => ((await fixture.job(id)).step ?? 0) > 0, TAKEOVER_MS);
  const listed = await fixture.database.prisma.trainer.count();
  first.kill('SIGTERM');
  expect(await first.ended).toEqual({ code: 0, signal: null });
  expect(await fixture.database.prisma.trainer.count()).toBe(listed - 1);
  const released = await fixture.job(id);
  expect(released).toMatchObject({ state: 'queued', attempt: 0 });
  expect(await fixture.checkpointKeys(id)).not.toEqual([]);
  expect(await queues.state(trainingQueue, id)).toBe('waiting');

  await startTrainer();
  await untilState(id, 'succeeded');
  expect((await fixture.job(id)).attempt).toBe(1);
});

describe('a trainer that must have a GPU', () => {
  const refusal = (environment: Record<string, string>): Promise<unknown> =>
    TrainerProcess.start(fixture, { KERNELCAST_REQUIRE_GPU: 'true', ...environment }).then(
      (trainer) => trainer.kill('SIGKILL'),
      (error: Error) => error.message,
    );

  it('does not start where there is none', async () => {
    expect(await refusal({ PATH: fixture.folder })).toMatch(/KERNELCAST_REQUIRE_GPU is set.*there is no nvidia-smi/);
  });

  it('does not start where there is one that no backend can use', async () => {
    const driver = path.join(fixture.folder, 'nvidia-smi');
    await writeFile(driver, '#!/bin/sh\necho "0, GPU-1, NVIDIA T4, 15360"\n');
    await chmod(driver, 0o755);
    const message = await refusal({ PATH: `${fixture.folder}:${process.env['PATH']}` });
    expect(message).toMatch(/KERNELCAST_REQUIRE_GPU is set.*there is NVIDIA T4, but tfjs-node-gpu does not load/);
  });
});
