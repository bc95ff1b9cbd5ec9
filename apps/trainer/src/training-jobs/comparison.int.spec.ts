import { jest } from '@jest/globals';
import { decodePredictions } from '@kernelcast/artifact';
import { digestSchema, evaluationSchema, layerChangeSchema } from '@kernelcast/contracts';
import { blobKey, readBlob } from '@kernelcast/storage';
import { z } from 'zod';
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

  it('leaves what it predicts for each test image, and how far each layer was moved', async () => {
    const { id, evaluation } = await work(await fixture.createJob({ steps: 1 }));
    const version = await fixture.database.prisma.modulatorVersion.findUniqueOrThrow({ where: { trainingJobId: id } });
    const { predictionsDigest, predictionsSize, layerChanges, settled, trainerVersion } = version;
    const bytes = await readBlob(fixture.store, digestSchema.parse(predictionsDigest), predictionsSize ?? 0);
    const { labels, truth, predicted, probability, images } = decodePredictions(bytes);
    expect(labels).toEqual(version.labels);
    expect(truth.filter((label, n) => predicted[n] === label)).toHaveLength(
      Math.round(evaluation.top1 * evaluation.images),
    );
    for (const { index, confidence } of evaluation.samples ?? []) {
      expect(probability[index]).toBeCloseTo(confidence, 6);
    }
    const keys = Array.from(truth, (_, n) => Buffer.from(images.subarray(16 * n, 16 * (n + 1))).toString('hex'));
    expect(new Set(keys).size).toBeGreaterThan(1);
    const changes = z.array(layerChangeSchema).parse(layerChanges);
    expect(changes.length).toBeGreaterThan(1);
    expect(changes.some(({ change }) => (change ?? 0) > 0)).toBe(true);
    expect(settled).toMatchObject({ steps: 1 });
    expect(trainerVersion).not.toBe('');
  });

  it('does without a comparison when that version cannot be had', async () => {
    const first = await work(await fixture.createJob({ steps: 1 }));
    await approve(first.result?.id);
    await fixture.store.delete(blobKey(digestSchema.parse(first.result?.digest)));
    const { evaluation } = await work(await fixture.repeatJob(first.id, undefined));
    expect(evaluation.comparison).toBeNull();
  });
});
