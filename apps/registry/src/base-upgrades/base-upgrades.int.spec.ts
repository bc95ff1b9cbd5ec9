import type { BaseDependents, BaseNetwork, TrainingJob, UpgradePlan } from '@kernelcast/contracts';
import { problemOf, TestRegistry } from '../testing/registry-app.js';
import { createIngredients, enrolDevice, finishJob, registerBase, type Ingredients } from '../testing/scenario.js';

let registry: TestRegistry;
let parts: Ingredients;
let next: BaseNetwork;
let version: Awaited<ReturnType<typeof finishJob>>;

beforeAll(async () => {
  registry = await TestRegistry.start();
  parts = await createIngredients(registry);
  next = await registerBase(registry, 'next', 0.25);
  version = await finishJob(registry, parts, Buffer.from('modulator'));
  const { id: group } = await registry.made<{ id: string }>('/v1/device-groups', { name: 'all' });
  const device = await enrolDevice(registry, group, parts.base.digest);
  await device.report('main', version.digest, 'active');
});
afterAll(() => registry.close());

const path = '/v1/base-networks/tiny/upgrade-plan?to=next';
const planned = async () => (await registry.get<UpgradePlan>(path)).body;
const jobs = () => registry.database.prisma.trainingJob.count();

describe('the replacement of a base network', () => {
  it('is planned with a job for each task and what devices fetch, and writes nothing', async () => {
    const before = await jobs();
    const plan = await planned();
    expect(plan).toMatchObject({
      ...{ from: parts.base.id, to: next.id, devices: 1, baseBytes: next.weightsSize },
      steps: [
        {
          ...{ taskName: 'pets', version: { id: version.id, version: 1, alias: null }, jobId: null, obstacles: [] },
          job: {
            task: parts.task.id,
            datasetVersion: parts.dataset.id,
            baseNetwork: next.id,
            budget: { paramsRatio: 1 },
          },
          // 34 numbers of the base, and a head of two features and a bias for two classes; two bytes each.
          ...{ modulatorBytes: 2 * (34 + 6), devices: 1 },
        },
      ],
    });
    expect(plan.totalBytes).toBe(next.weightsSize + 80);
    expect((await registry.post(path, { dryRun: true })).body).toEqual(plan);
    expect(await jobs()).toBe(before);
  });

  it('orders each job once, however often and by how many it is asked for', async () => {
    const before = await jobs();
    const answers = await Promise.all([1, 2, 3].map(() => registry.made<UpgradePlan>(path, {})));
    const ids = new Set(answers.map(({ steps }) => steps[0]?.jobId));
    expect(ids.size).toBe(1);
    expect(await jobs()).toBe(before + 1);
    const [id] = ids;
    const { body } = await registry.get<TrainingJob>(`/v1/training-jobs/${id}`);
    expect(body).toMatchObject({ state: 'queued', baseNetworkId: next.id, taskId: parts.task.id });
    expect((await planned()).steps[0]?.jobId).toBe(id);
  });

  it('names the obstacle when the job cannot be repeated', async () => {
    const { prisma } = registry.database;
    const ended = { state: 'cancelled', finishedAt: new Date() } as const;
    await prisma.trainingJob.updateMany({ where: { baseNetworkId: next.id }, data: ended });
    await prisma.trainingJob.update({ where: { id: version.jobId }, data: { budget: { bytes: 2 } } });
    const steps = [{ job: null, jobId: null, obstacles: [{ code: 'budget_unreachable' }] }];
    expect((await planned()).steps).toMatchObject(steps);
    expect((await registry.made<UpgradePlan>(path, {})).steps).toMatchObject(steps);
  });

  it('is refused by itself', async () => {
    expect(problemOf(await registry.get('/v1/base-networks/tiny/upgrade-plan?to=tiny'))).toMatchObject({
      code: 'conflict',
    });
  });
});

describe('a base network in use', () => {
  it('tells what rests on it', async () => {
    const { body } = await registry.get<BaseDependents>('/v1/base-networks/tiny/dependents');
    expect(body).toMatchObject({
      modulators: [{ id: version.modulatorId, taskName: 'pets', versions: 1 }],
      counts: { modulators: 1, versions: 1, devices: 1 },
      elsewhere: { modulators: 0, versions: 0, jobs: 0, devices: 0 },
    });
  });

  it('is not deleted; one that nothing rests on is', async () => {
    expect(problemOf(await registry.call('DELETE', '/v1/base-networks/tiny'))).toMatchObject({
      ...{ status: 409, code: 'conflict' },
      detail: expect.stringContaining('1 modulators'),
    });
    await registerBase(registry, 'unused', 0.125);
    expect((await registry.call('DELETE', '/v1/base-networks/unused')).status).toBe(204);
    expect((await registry.get('/v1/base-networks/unused')).status).toBe(404);
  });

  it('is changed by admins of the installation alone, as all projects share it', async () => {
    const asProjectAdmin = { key: await registry.keyOf('admin') };
    for (const [method, path] of [
      ['POST', '/deprecate'],
      ['POST', '/restore'],
      ['DELETE', ''],
    ] as const) {
      const refused = await registry.call(method, `/v1/base-networks/tiny${path}`, asProjectAdmin);
      expect(problemOf(refused)).toMatchObject({ status: 403, code: 'forbidden' });
    }
    expect((await registry.get('/v1/base-networks/tiny')).body).toMatchObject({ state: 'active' });
  });

  it('takes no job while it is deprecated, and takes them again once it is restored', async () => {
    const order = { task: 'pets', datasetVersion: parts.dataset.id, baseNetwork: 'tiny', budget: { paramsRatio: 1 } };
    expect((await registry.post('/v1/base-networks/tiny/deprecate')).body).toMatchObject({ state: 'deprecated' });
    expect(problemOf(await registry.post('/v1/training-jobs', order))).toMatchObject({ status: 409, code: 'conflict' });
    expect((await registry.post('/v1/base-networks/tiny/restore')).body).toMatchObject({ state: 'active' });
    expect((await registry.post('/v1/training-jobs', order)).status).toBe(202);
  });
});
