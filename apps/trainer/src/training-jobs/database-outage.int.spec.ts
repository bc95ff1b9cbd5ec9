import { jest } from '@jest/globals';
import { applyMigrations } from '@kernelcast/database';
import { createLogger, startEmbeddedPostgres, type EmbeddedPostgres } from '@kernelcast/platform';
import { tempDir, waitFor, type TempDir } from '@kernelcast/testing';
import { PROCESSORS } from '../devices/find-devices.js';
import { attemptTools } from '../testing/attempt-tools.js';
import { TrainingFixture } from '../testing/training-fixture.js';
import { TrainingJobsWorker } from './training-jobs.worker.js';

/** Each test starts trainings; a machine that is busy with other work is given its time. */
jest.setTimeout(300_000);

const PATIENCE_MS = 120_000;

let folder: TempDir;
let server: EmbeddedPostgres;
let fixture: TrainingFixture;

beforeAll(async () => {
  folder = tempDir('outage');
  server = await startEmbeddedPostgres({ dataDir: folder.path });
  await applyMigrations(server.url);
  fixture = await TrainingFixture.create({ url: server.url, drop: () => server.stop() });
});
afterAll(async () => {
  await fixture.close();
  folder.remove();
});

it('costs a job neither an attempt nor its training when the database goes away for a while', async () => {
  let warnings = 0;
  const logger = createLogger({ service: 'trainer', level: 'warn', destination: { write: () => warnings++ } });
  const worker = new TrainingJobsWorker(attemptTools(fixture, {}, logger), new AbortController().signal);
  const id = await fixture.createJob({ steps: 30 });
  const done = worker.handle({ trainingJobId: id }, PROCESSORS);
  await waitFor('a checkpoint', async () => (await fixture.checkpointKeys(id))[0], PATIENCE_MS);

  await server.stop();
  await waitFor('a report that could not be written', () => warnings > 0, PATIENCE_MS);
  server = await startEmbeddedPostgres({ dataDir: folder.path, port: server.port });

  expect(await done).toBe('done');
  expect(await fixture.job(id)).toMatchObject({ state: 'succeeded', attempt: 1, result: { version: 1 } });
  expect(await fixture.states(id)).toEqual(['running', 'evaluating', 'succeeded']);
});

it('is left to whoever reaches the database when that stays away for long, and is continued', async () => {
  const never = new AbortController().signal;
  const id = await fixture.createJob({ steps: 24 });
  const cutOff = new TrainingJobsWorker(attemptTools(fixture, { adriftAfterMs: 3_000 }), never);
  const done = cutOff.handle({ trainingJobId: id }, PROCESSORS);
  await waitFor('a checkpoint', async () => (await fixture.checkpointKeys(id))[0], PATIENCE_MS);
  await server.stop();
  expect(await done).toBe('again');
  server = await startEmbeddedPostgres({ dataDir: folder.path, port: server.port });
  expect(await fixture.job(id)).toMatchObject({ state: 'running', attempt: 1 });

  await new TrainingJobsWorker(attemptTools(fixture), never).handle({ trainingJobId: id }, PROCESSORS);
  expect(await fixture.job(id)).toMatchObject({ state: 'succeeded', attempt: 2 });
});
