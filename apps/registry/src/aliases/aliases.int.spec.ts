import type { AliasChange, Page, Rollout, TaskAlias, TrainingJob } from '@kernelcast/contracts';
import { problemOf, TestRegistry } from '../testing/registry-app.js';
import { createIngredients, finishJob, type Ingredients } from '../testing/scenario.js';

let registry: TestRegistry;
let ingredients: Ingredients;
let versions: Awaited<ReturnType<typeof finishJob>>[];
beforeAll(async () => {
  registry = await TestRegistry.start();
  ingredients = await createIngredients(registry);
  versions = [];
  for (let n = 0; n < 4; n++) versions.push(await finishJob(registry, ingredients, Buffer.from(`artifact ${n}`)));
  for (const { modulatorId, version } of versions.slice(0, 3)) {
    await registry.made(`/v1/modulators/${modulatorId}/versions/${version}/approve`, {});
  }
});
afterAll(() => registry.close());

const idOf = (n: number): string => versions[n - 1]?.id ?? '';
const path = (name: string, rest = '') => `/v1/tasks/pets/aliases/${name}${rest}`;
const set = (name: string, n: number, more: object = {}, headers: Record<string, string> = {}) =>
  registry.call<TaskAlias>('PUT', path(name), { body: { modulatorVersionId: idOf(n), ...more }, headers });
const rollBack = (name: string) => registry.post<TaskAlias>(path(name, '/rollback'), { reason: 'worse in the field' });
const historyOf = async (name: string) =>
  (await registry.get<Page<AliasChange>>(path(name, '/history?limit=200'))).body.data;

describe('an alias', () => {
  it('names a version of its task, and tells who let it do so, when, and why', async () => {
    expect(problemOf(await registry.get(path('champion')))).toMatchObject({ status: 404, code: 'alias_not_found' });
    const { body } = await set('champion', 1, { reason: 'first' });
    expect(body).toMatchObject({
      taskName: 'pets',
      name: 'champion',
      version: 1,
      revision: 1,
      versionState: 'approved',
    });
    await set('champion', 2, { reason: 'better' });
    const history = await historyOf('champion');
    expect(history).toMatchObject([
      { revision: 2, action: 'set', from: idOf(1), to: idOf(2), byName: 'bootstrap', reason: 'better' },
      { revision: 1, action: 'set', from: null, to: idOf(1), reason: 'first' },
    ]);
    expect((await registry.get<{ data: TaskAlias[] }>('/v1/tasks/pets/aliases')).body.data).toMatchObject([
      { version: 2 },
    ]);
    const again = await set('champion', 2);
    expect([again.status, again.body.revision]).toEqual([200, 2]);
  });

  it('of a reserved name waits for the approval; any other does not', async () => {
    expect(problemOf(await set('canary', 4))).toMatchObject({ status: 409, code: 'version_not_approved' });
    expect((await set('nightly', 4)).body).toMatchObject({ version: 4, versionState: 'registered' });
    const other = await registry.made<{ id: string }>('/v1/tasks', { name: 'birds', title: 'Birds', labels: ['cat', 'dog'] }); // prettier-ignore
    const foreign = await registry.call('PUT', `/v1/tasks/${other.id}/aliases/nightly`, {
      body: { modulatorVersionId: idOf(1) },
    });
    expect(problemOf(foreign)).toMatchObject({ status: 404, code: 'modulator_not_found' });
    expect(problemOf(await set('3', 1))).toMatchObject({ status: 422 });
    const key = await registry.keyOf('trainer');
    expect((await registry.call('PUT', path('x'), { body: { modulatorVersionId: idOf(1) }, key })).status).toBe(403);
  });

  it('is only moved from where the caller saw it', async () => {
    const refused = { status: 412, code: 'precondition_failed' };
    expect(problemOf(await set('cas', 1, { expectedVersion: idOf(2) }))).toMatchObject(refused);
    expect((await set('cas', 1, { expectedVersion: null })).status).toBe(200);
    const etag = (await registry.get(path('cas'))).headers.get('etag') ?? '';
    const moved = await set('cas', 2, {}, { 'if-match': etag });
    expect([moved.status, moved.headers.get('etag')]).toEqual([
      200,
      (await registry.get(path('cas'))).headers.get('etag'),
    ]);
    expect(problemOf(await set('cas', 3, {}, { 'if-match': etag }))).toMatchObject(refused);
    expect(problemOf(await set('cas', 3, {}, { 'if-none-match': '*' }))).toMatchObject(refused);
    expect(problemOf(await set('cas', 3, { expectedVersion: idOf(1) }))).toMatchObject(refused);
    expect((await set('cas', 3, { expectedVersion: idOf(2) })).status).toBe(200);
  });

  it('goes back version by version, past what may not be used any more, and forward by a set', async () => {
    for (const n of [1, 2, 3, 2]) await set('walk', n);
    expect((await rollBack('walk')).body).toMatchObject({ version: 3, revision: 5 });
    expect((await rollBack('walk')).body).toMatchObject({ version: 2, revision: 6 });
    await set('walk', 4);
    await set('walk', 3);
    await registry.database.prisma.modulatorVersion.update({ where: { id: idOf(4) }, data: { state: 'rejected', decidedBy: 'x', decidedAt: new Date() } }); // prettier-ignore
    expect((await rollBack('walk')).body).toMatchObject({ version: 2, revision: 9 });
    expect((await rollBack('walk')).body).toMatchObject({ version: 1 });
    expect(problemOf(await rollBack('walk'))).toMatchObject({ status: 409, code: 'conflict' });
    const history = await historyOf('walk');
    expect(
      history
        .map(({ action }) => action)
        .reverse()
        .join(' '),
    ).toBe('set set set set rollback rollback set set rollback rollback');
    expect(history[0]).toMatchObject({ backTo: 1, reason: 'worse in the field' });
  });

  it('has a linear history after fifty sets and rollbacks at once', async () => {
    await set('race', 1);
    const calls = Array.from({ length: 50 }, (_, i) => (i % 5 === 4 ? rollBack('race') : set('race', (i % 3) + 1)));
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    expect(statuses.filter((status) => status !== 200 && status !== 409)).toEqual([]);
    const history = (await historyOf('race')).reverse();
    expect(history.map(({ revision }) => revision)).toEqual(history.map((_, i) => i + 1));
    history.forEach(({ from, to }, i) => {
      expect(from).toBe(history[i - 1]?.to ?? null);
      expect(from).not.toBe(to);
    });
    const { body } = await registry.get<TaskAlias>(path('race'));
    expect([body.revision, body.modulatorVersionId]).toEqual([history.length, history.at(-1)?.to]);
    const audited = await registry.database.prisma.auditEvent.count({
      where: { action: { startsWith: 'task_alias.' }, after: { path: ['name'], equals: 'race' } },
    });
    expect(audited).toBe(history.length);
  });

  it('keeps its history whatever asks the database to change it', async () => {
    const { taskAliasChange, taskAlias } = registry.database.prisma;
    await expect(taskAliasChange.updateMany({ data: { reason: 'forged' } })).rejects.toThrow('append-only');
    await expect(taskAliasChange.deleteMany()).rejects.toThrow('append-only');
    const birds = await registry.database.prisma.task.findFirstOrThrow({ where: { name: 'birds' } });
    const row = { taskId: birds.id, name: 'x', revision: 1, setRevision: 1, updatedBy: '', updatedAt: new Date() };
    await expect(taskAlias.create({ data: { ...row, modulatorVersionId: idOf(1) } })).rejects.toThrow('another task');
  });

  it('stands for its version in a rollout and a warm start, which say what it stood for', async () => {
    await set('champion', 3);
    const group = await registry.made<{ id: string }>('/v1/device-groups', { name: 'all' });
    const order = { modulatorVersionId: 'pets@champion', groupId: group.id };
    const rollout = await registry.made<Rollout>('/v1/rollouts', order);
    expect(rollout).toMatchObject({ modulatorVersionId: idOf(3), orderedAs: 'pets@champion', version: 3 });
    await set('champion', 1);
    expect((await registry.get(`/v1/rollouts/${rollout.id}`)).body).toMatchObject({ modulatorVersionId: idOf(3) });
    const missing = await registry.post('/v1/rollouts', { ...order, modulatorVersionId: 'pets@nobody' });
    expect(problemOf(missing)).toMatchObject({ status: 404, code: 'alias_not_found' });
    const { task, base, dataset } = ingredients;
    const job = { task: 'pets', datasetVersion: dataset.id, baseNetwork: base.id, budget: { paramsRatio: 1 } };
    const warm = await registry.made<TrainingJob>('/v1/training-jobs', { ...job, startFrom: `${task.id}@champion` });
    expect(warm.startFrom).toBe(idOf(1));
  });
});
