import { DEFAULT_PROJECT_ID as projectId } from '@kernelcast/contracts';
import { createDatabase, type Database } from './database.js';
import type { Prisma } from './generated/prisma/client.js';
import { newId } from './ids.js';
import { applyMigrations } from './migrations/migrations.js';
import { startTestServer, type TestServer } from './spec-support/test-server.js';

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;
const now = new Date('2030-01-01T00:00:00Z');

/** The rows that a training job refers to. */
const createParents = async ({ prisma }: Database) => {
  const task = await prisma.task.create({
    data: { id: newId('task'), projectId, name: 'flowers', title: '', labels: ['a', 'b'] },
  });
  const dataset = await prisma.dataset.create({
    data: { id: newId('dataset'), projectId, name: 'flowers', description: '' },
  });
  const version = await prisma.datasetVersion.create({
    data: {
      id: newId('datasetVersion'),
      projectId,
      datasetId: dataset.id,
      version: 1,
      state: 'validating',
      labels: [],
    },
  });
  const base = await prisma.baseNetwork.create({
    data: {
      id: newId('baseNetwork'),
      name: 'net',
      digest: digest('a'),
      graphDigest: digest('b'),
      weightsDigest: digest('c'),
      weightsSize: 1,
      architecture: 'net',
      parameters: 1,
      inputHeight: 1,
      inputWidth: 1,
    },
  });
  return { task, version, base };
};

describe('the database refuses', () => {
  let server: TestServer;
  let db: Database;
  let parents: Awaited<ReturnType<typeof createParents>>;
  let jobId: string;
  beforeAll(async () => {
    server = await startTestServer();
    const url = await server.createEmptyDatabase();
    await applyMigrations(url);
    db = createDatabase(url);
    parents = await createParents(db);
  });
  beforeEach(async () => {
    const { task, version, base } = parents;
    const data: Prisma.TrainingJobUncheckedCreateInput = {
      id: newId('trainingJob'),
      projectId,
      taskId: task.id,
      datasetVersionId: version.id,
      baseNetworkId: base.id,
      method: 'km',
      scenario: 'transfer',
      hyperparameters: {},
      budget: {},
      seed: 1,
      createdBy: 'key_x',
    };
    jobId = (await db.prisma.trainingJob.create({ data })).id;
  });
  afterAll(async () => {
    await db.close();
    await server.stop();
  });

  const updateJob = (data: Prisma.TrainingJobUncheckedUpdateInput) =>
    db.prisma.trainingJob.update({ where: { id: jobId }, data });
  const error = { errorCode: 'internal', errorMessage: 'x', errorRetryable: true };

  it.each<[string, Prisma.TrainingJobUncheckedUpdateInput, string]>([
    ['a lease on a job that nobody runs', { leaseToken: 'l' }, 'training_jobs_lease'],
    ['a succeeded job without an end', { state: 'succeeded' }, 'training_jobs_finished'],
    ['an end of a job that runs', { state: 'running', finishedAt: now }, 'training_jobs_finished'],
    ['a failed job without a reason', { state: 'failed', finishedAt: now }, 'training_jobs_error'],
    ['a succeeded job with a fault', { state: 'succeeded', finishedAt: now, ...error }, 'training_jobs_error'],
    ['half a reason', { state: 'failed', finishedAt: now, errorCode: 'internal' }, 'training_jobs_error'],
    ['a step past the last', { step: 11, steps: 10 }, 'training_jobs_progress'],
    ['a seed that no generator takes', { seed: 2 ** 32 }, 'training_jobs_seed'],
    ['a pause of what nobody runs', { pauseRequested: true }, 'training_jobs_pause'],
    ['a priority out of range', { priority: 10 }, 'training_jobs_priority'],
    ['a transfer job without a task', { taskId: null }, 'training_jobs_scenario'],
    ['a meta job of a task', { scenario: 'meta', outputName: 'x', meta: {} }, 'training_jobs_scenario'],
    ['a scenario nobody knows', { scenario: 'guess' }, 'training_jobs_scenario'],
    ['a name for what a transfer job makes', { outputName: 'x' }, 'training_jobs_scenario'],
    ['an accelerator nobody has', { accelerator: 'tpu' }, 'training_jobs_accelerator'],
  ])('%s', async (_, data, constraint) => {
    await expect(updateJob(data)).rejects.toThrow(constraint);
  });

  it('none of the states a job goes through', async () => {
    const path: Prisma.TrainingJobUncheckedUpdateInput[] = [
      { state: 'running', leaseToken: 'l', attempt: 1, startedAt: now, step: 0, steps: 10 },
      { state: 'evaluating', step: 10 },
      { state: 'failed', leaseToken: null, finishedAt: now, ...error },
      { state: 'queued', finishedAt: null, errorCode: null, errorMessage: null, errorRetryable: null },
      { state: 'running', leaseToken: 'm', attempt: 2 },
      { state: 'succeeded', leaseToken: null, finishedAt: now },
    ];
    for (const data of path) await updateJob(data);
    expect((await db.prisma.trainingJob.findUniqueOrThrow({ where: { id: jobId } })).state).toBe('succeeded');
  });

  it('a dataset version that is ready without bytes', async () => {
    const ready = db.prisma.datasetVersion.update({ where: { id: parents.version.id }, data: { state: 'ready' } });
    await expect(ready).rejects.toThrow('dataset_versions_ready');
  });

  it.each([
    ['of an unknown kind', { accelerator: 'tpu' }, 'trainers_accelerator'],
    ['that trains nothing', { concurrency: 0 }, 'trainers_jobs'],
  ])('a trainer %s', async (_, changes, constraint) => {
    const trainer = { hostname: 'h', version: '1', backend: 'wasm', accelerator: 'cpu', concurrency: 1, ...changes };
    await expect(db.prisma.trainer.create({ data: { id: newId('trainer'), ...trainer } })).rejects.toThrow(constraint);
  });

  it('digests that are written in another way', async () => {
    const upper = db.prisma.baseNetwork.update({ where: { id: parents.base.id }, data: { digest: digest('A') } });
    await expect(upper).rejects.toThrow('base_networks_digests');
  });

  it('a starting point of a base network that no job has made', async () => {
    const { id } = parents.base;
    const start = db.prisma.baseNetwork.update({ where: { id }, data: { startDigest: digest('d') } });
    await expect(start).rejects.toThrow('base_networks_start');
  });

  describe('what belongs to two projects:', () => {
    const other = newId('project');
    const owned = { projectId: other, datasetVersionId: '', baseNetworkId: '', scenario: 'transfer', method: 'km' };
    const settings = { hyperparameters: {}, budget: {}, seed: 1, createdBy: 'key_x' };
    beforeAll(async () => {
      await db.prisma.project.create({ data: { id: other, name: 'other', title: 'Other' } });
    });

    it('a job of a task and a dataset of elsewhere', async () => {
      const { task, version, base } = parents;
      const data = { ...owned, ...settings, id: newId('trainingJob'), taskId: task.id };
      const job = db.prisma.trainingJob.create({
        data: { ...data, datasetVersionId: version.id, baseNetworkId: base.id },
      });
      await expect(job).rejects.toMatchObject({ code: 'P2003' });
    });

    it('a version of a dataset of elsewhere', async () => {
      const { datasetId } = parents.version;
      const data = {
        id: newId('datasetVersion'),
        projectId: other,
        datasetId,
        version: 9,
        state: 'uploading',
      } as const;
      await expect(db.prisma.datasetVersion.create({ data })).rejects.toMatchObject({ code: 'P2003' });
    });

    it('a job on a base network that is the own one of elsewhere', async () => {
      const { version, base } = parents;
      const { report: _, ...rest } = base;
      const mine = { ...rest, id: newId('baseNetwork'), projectId: other, name: 'mine', digest: digest('9') };
      await db.prisma.baseNetwork.create({ data: mine });
      const task = { id: newId('task'), projectId, name: 'birds', title: '', labels: ['a', 'b'] };
      const { id: taskId } = await db.prisma.task.create({ data: task });
      const parts = { projectId, taskId, datasetVersionId: version.id, baseNetworkId: mine.id };
      const job = db.prisma.trainingJob.create({ data: { ...owned, ...settings, id: newId('trainingJob'), ...parts } });
      await expect(job).rejects.toThrow('belongs to another project');
    });
  });

  it('a second fleet', async () => {
    await expect(db.prisma.fleetState.create({ data: { id: 2, version: 0 } })).rejects.toThrow(
      'fleet_state_single_row',
    );
  });

  it('more enrolments than a token allows', async () => {
    const group = await db.prisma.deviceGroup.create({ data: { id: newId('deviceGroup'), projectId, name: 'all' } });
    const token = { id: newId('enrolmentToken'), tokenHash: 'h', groupId: group.id, usesLeft: 1, expiresAt: now };
    const { id } = await db.prisma.enrolmentToken.create({ data: token });
    const use = () => db.prisma.enrolmentToken.update({ where: { id }, data: { usesLeft: { decrement: 1 } } });
    await use();
    await expect(use()).rejects.toThrow('enrolment_tokens_uses');
  });

  it('two signing keys of one role that are both in use', async () => {
    const key = { role: 'release', publicKey: 'p', sealedPrivateKey: new Uint8Array([1]) } as const;
    await db.prisma.signingKey.create({ data: { ...key, kid: 'old', state: 'retired' } });
    await db.prisma.signingKey.create({ data: { ...key, kid: 'one' } });
    await expect(db.prisma.signingKey.create({ data: { ...key, kid: 'two' } })).rejects.toMatchObject({
      code: 'P2002',
    });
  });

  it('to change the audit log, other than by adding to it', async () => {
    const event = { at: now, actor: 'key_x', action: 'task.create', resource: 'task_1', requestId: 'r', hash: 'h' };
    const { seq } = await db.prisma.auditEvent.create({ data: event });
    const attempts = [
      db.prisma.auditEvent.update({ where: { seq }, data: { actor: 'somebody else' } }),
      db.prisma.auditEvent.delete({ where: { seq } }),
      db.prisma.$executeRaw`TRUNCATE "audit_events"`,
    ];
    for (const attempt of attempts) await expect(attempt).rejects.toThrow('audit_events is append-only');
    expect(await db.prisma.auditEvent.count()).toBe(1);
  });
});
