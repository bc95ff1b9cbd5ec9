import { jest } from '@jest/globals';
import { digestSchema, evaluationSchema } from '@kernelcast/contracts';
import { blobKey } from '@kernelcast/storage';
import { PROCESSORS } from '../devices/find-devices.js';
import { attemptTools } from '../testing/attempt-tools.js';
import { TrainingFixture } from '../testing/training-fixture.js';
import { TrainingJobsWorker } from './training-jobs.worker.js';

/** Each test starts several trainings; a machine that is busy with other work is given its time. */
jest.setTimeout(300_000);

const never = new AbortController().signal;
let fixture: TrainingFixture;
beforeAll(async () => {
  fixture = await TrainingFixture.create();
});
afterAll(() => fixture.close());

const work = async (id: string) => {
  await new TrainingJobsWorker(attemptTools(fixture), never).handle({ trainingJobId: id }, PROCESSORS);
  const job = await fixture.job(id);
  expect(job.state).toBe('succeeded');
  return { ...job, evaluation: evaluationSchema.parse(job.metrics) };
};
const approve = (id = '') =>
  fixture.database.prisma.modulatorVersion.update({
    where: { id },
    data: { state: 'approved', statement: {}, decidedBy: 'test', decidedAt: new Date() },
  });

describe('the measurement of a new version', () => {
  it('is compared with the newest approved version, image by image, and with nothing else', async () => {
    const first = await work(await fixture.createJob({ steps: 1 }));
    expect(first.evaluation.comparison).toBeNull();
    const unapproved = await work(await fixture.repeatJob(first.id));
    expect(unapproved.evaluation.comparison).toBeNull();

    await approve(first.result?.id);
    await approve(unapproved.result?.id);
    const same = await work(await fixture.repeatJob(first.id));
    const { top1, images } = same.evaluation;
    expect(same.evaluation.comparison).toEqual({ modulatorVersion: unapproved.result?.id, top1, better: 0, worse: 0, pValue: 1 }); // prettier-ignore

    const longer = await fixture.repeatJob(first.id);
    await fixture.database.prisma.trainingJob.update({
      where: { id: longer },
      data: { hyperparameters: { steps: 60, batchSize: 8, shiftPixels: 0 } },
    });
    const { evaluation } = await work(longer);
    const { better = NaN, worse = NaN } = evaluation.comparison ?? {};
    expect(better - worse).toBe(Math.round((evaluation.top1 - top1) * images));
    expect(evaluation).not.toHaveProperty('predictions');
    expect(evaluation.calibrationError).toBeGreaterThanOrEqual(0);
    expect(evaluation.samples?.length).toBeGreaterThan(0);
  });

  it('does without a comparison when that version cannot be had', async () => {
    const first = await work(await fixture.createJob({ steps: 1 }));
    await approve(first.result?.id);
    await fixture.store.delete(blobKey(digestSchema.parse(first.result?.digest)));
    const { evaluation } = await work(await fixture.repeatJob(first.id, undefined));
    expect(evaluation.comparison).toBeNull();
  });
});
