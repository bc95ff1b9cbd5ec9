import { spawn } from 'node:child_process';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { jest } from '@jest/globals';
import { PROCESSORS } from '../devices/find-devices.js';
import { attemptTools, BUILT } from '../testing/attempt-tools.js';
import { TrainingFixture } from '../testing/training-fixture.js';
import { TrainingJobsWorker } from '../training-jobs/training-jobs.worker.js';

/** Each test starts several trainings; a machine that is busy with other work is given its time. */
jest.setTimeout(300_000);

let fixture: TrainingFixture;
let id: string;
beforeAll(async () => {
  fixture = await TrainingFixture.create();
  id = await fixture.createJob();
  const worker = new TrainingJobsWorker(attemptTools(fixture), new AbortController().signal);
  await worker.handle({ trainingJobId: id }, PROCESSORS);
});
afterAll(() => fixture.close());

/** The built command, as an operator runs it. */
const replayed = async (...args: string[]): Promise<{ code: number | null; out: string; err: string }> => {
  const child = spawn(process.execPath, [path.join(BUILT, 'replay/main.js'), ...args], {
    env: {
      PATH: process.env['PATH'],
      DATABASE_URL: fixture.databaseUrl,
      KERNELCAST_STORE_DIR: fixture.objectFolder,
      KERNELCAST_CACHE_DIR: path.join(fixture.folder, 'cache'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, out, err };
};

it.each(['version', 'job'])(
  'gives the digest of the recorded run, by the id of its %s, and writes nothing',
  async (by) => {
    const before = await fixture.job(id);
    const events = await fixture.events(id);
    const { code, out } = await replayed(by === 'job' ? id : (before.result?.id ?? ''));
    expect(out).toMatch(/\(wasm, threads: 1\)[\s\S]*\nsame\n$/);
    expect(out.split(before.result?.digest ?? 'none')).toHaveLength(3);
    expect(code).toBe(0);
    expect(await fixture.job(id)).toEqual(before);
    expect(await fixture.events(id)).toEqual(events);
  },
);

it('tells what differs when the records say another thing than what was done', async () => {
  await fixture.database.prisma.trainingJob.update({ where: { id }, data: { seed: 8n } });
  const { code, out } = await replayed(id);
  await fixture.database.prisma.trainingJob.update({ where: { id }, data: { seed: 7n } });
  expect(out).toMatch(/differs in \d+ of \d+ tensors, by [\d.e-]+ at most\ndifferent\n$/);
  expect(code).toBe(1);
});

it.each([
  ['something unknown', () => ['job_unknown'], /neither a modulator version nor a training job job_unknown/],
  ['a job without a result', async () => [await fixture.createJob()], /is queued and has no result/],
  ['nothing at all', () => [], /Which one\?/],
])('refuses %s with an exit code of its own', async (_what, args, message) => {
  const { code, out, err } = await replayed(...(await args()));
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(message);
});

it('says that an input is gone', async () => {
  const job = await fixture.database.prisma.trainingJob.findUniqueOrThrow({ where: { id } });
  const other = { digest: `sha256:${'0'.repeat(64)}` };
  const { digest } = await fixture.database.prisma.datasetVersion.findUniqueOrThrow({
    where: { id: job.datasetVersionId },
  });
  await fixture.database.prisma.datasetVersion.update({ where: { id: job.datasetVersionId }, data: other });
  const { code, err } = await replayed(id);
  await fixture.database.prisma.datasetVersion.update({ where: { id: job.datasetVersionId }, data: { digest } });
  expect(code).toBe(2);
  expect(err).toMatch(/The dataset .* cannot be had/);
});
