import { jest } from '@jest/globals';
import { evaluationSchema, type Gates } from '@kernelcast/contracts';
import { toGateReport } from '@kernelcast/database';
import { PROCESSORS } from '../devices/find-devices.js';
import { attemptTools } from '../testing/attempt-tools.js';
import { TrainingFixture } from '../testing/training-fixture.js';
import { TrainingJobsWorker } from './training-jobs.worker.js';

/** Several trainings; a machine that is busy with other work is given its time. */
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

describe('a job of a task with gates', () => {
  it('measures what they ask for, changes nothing by it, and leaves a report of them with the version', async () => {
    const plain = await work(await fixture.createJob({ steps: 2 }));
    expect(plain.evaluation.head).toBeUndefined();
    const { swap } = plain.evaluation;
    expect(swap?.ms).toBeGreaterThan(0);
    expect(swap?.ratio).toBeGreaterThan(0);

    const gates: Gates = {
      beatsHead: { margin: 0, enforcement: 'required' },
      maxBytes: { bytes: 1, enforcement: 'advisory' },
      maxSwapRatio: { ratio: 1e6, enforcement: 'required' },
    };
    await fixture.database.prisma.task.update({ where: { id: plain.taskId ?? '' }, data: { gates, revision: 2 } });
    const probed = await work(await fixture.repeatJob(plain.id));
    expect(probed.result?.digest).toBe(plain.result?.digest);
    const { head, top1 } = probed.evaluation;
    expect(head?.top1).toBeGreaterThan(1 / 3);

    const where = { modulatorVersionId: probed.result?.id ?? '' };
    const [report, ...others] = (await fixture.database.prisma.gateReport.findMany({ where })).map(toGateReport);
    expect(others).toEqual([]);
    const beaten = top1 > (head?.top1 ?? NaN);
    expect(report).toMatchObject({ number: 1, trigger: 'registration', taskRevision: 2, passed: beaten });
    expect(report?.results.map(({ gate, verdict }) => [gate, verdict])).toEqual([
      ['beatsHead', beaten ? 'passed' : 'failed'],
      ['maxBytes', 'failed'],
      ['maxSwapRatio', 'passed'],
    ]);
  });
});
