import {
  DEFAULT_PROJECT_ID,
  type ApprovalRequest,
  type GateReport,
  type Gates,
  type ModulatorVersion,
  type Page,
  type Problem,
  type Task,
} from '@kernelcast/contracts';
import { newId } from '@kernelcast/database';
import { problemOf, TestRegistry } from '../testing/registry-app.js';
import { personBehind } from './people.js';
import { createIngredients, finishJob, type Ingredients, type Made } from '../testing/scenario.js';

let registry: TestRegistry;
let ingredients: Ingredients;
let made = 0;
beforeAll(async () => {
  registry = await TestRegistry.start();
  ingredients = await createIngredients(registry);
});
afterAll(() => registry.close());
beforeEach(() => setTask({ gates: {}, requiredApprovals: 1 }));

const setTask = async (settings: { gates?: Gates | object; requiredApprovals?: number }): Promise<Task> => {
  const headers = { 'if-match': '*' };
  const answer = await registry.call<Task>('PATCH', '/v1/tasks/pets', { body: settings, headers });
  expect(answer.status).toBe(200);
  return answer.body;
};
const finish = (more: Omit<Made, 'bytes'> = {}) =>
  finishJob(registry, ingredients, { bytes: Buffer.from(`artifact ${made++}`), ...more });
type Version = Awaited<ReturnType<typeof finish>>;
const pathOf = ({ modulatorId, version }: Version, verb = '') =>
  `/v1/modulators/${modulatorId}/versions/${version}${verb}`;
const approve = (version: Version, body: object = {}, key?: string) =>
  registry.post<ModulatorVersion & Problem>(pathOf(version, '/approve'), body, { key });
const requestOf = async (version: Version) => (await registry.get<ApprovalRequest>(pathOf(version, '/approval'))).body;
const reportOf = (version: Version, query = '') => registry.get<GateReport>(pathOf(version, `/gates${query}`));

describe('the gates of a task', () => {
  it('change by who names what they have seen, and count the changes', async () => {
    const { headers, body } = await registry.get<Task>('/v1/tasks/pets');
    const change = { gates: { accuracyFloor: { value: 0.95 } } };
    const seen = { 'if-match': headers.get('etag') ?? '' };
    const changed = await registry.call<Task>('PATCH', '/v1/tasks/pets', { body: change, headers: seen });
    const gates = { accuracyFloor: { value: 0.95, enforcement: 'required' } };
    expect(changed).toMatchObject({ status: 200, body: { ...body, gates, revision: body.revision + 1 } });
    const late = await registry.call('PATCH', '/v1/tasks/pets', { body: change, headers: seen });
    expect(problemOf(late)).toMatchObject({ status: 412, code: 'precondition_failed' });
    const byTrainer = { body: change, headers: { 'if-match': '*' }, key: await registry.keyOf('trainer') };
    expect((await registry.call('PATCH', '/v1/tasks/pets', byTrainer)).status).toBe(403);
  });

  it('are evaluated when a version is registered, and again when they have changed; no report ever changes', async () => {
    await setTask({ gates: { accuracyFloor: { value: 0.95 }, maxBytes: { bytes: 5, enforcement: 'advisory' } } });
    const version = await finish();
    const first = (await reportOf(version)).body;
    expect(first).toMatchObject({ number: 1, trigger: 'registration', passed: false, evaluatedBy: version.jobId });
    expect(first.results.map(({ gate, verdict }) => [gate, verdict])).toEqual([['accuracyFloor', 'failed'], ['maxBytes', 'failed']]); // prettier-ignore
    const evaluate = () => registry.post<GateReport>(pathOf(version, '/gates/evaluate'));
    expect((await evaluate()).body).toEqual(first);
    await setTask({ gates: { accuracyFloor: { value: 0.9 } } });
    const second = await evaluate();
    expect(second.body).toMatchObject({ number: 2, trigger: 'request', passed: true });
    expect((await reportOf(version)).body).toEqual(second.body);
    expect((await reportOf(version, '?report=1')).body).toEqual(first);
    expect(problemOf(await reportOf(version, '?report=9'))).toMatchObject({ code: 'gate_report_not_found' });
    const { gateReport } = registry.database.prisma;
    await expect(gateReport.updateMany({ data: { passed: true } })).rejects.toThrow('append-only');
    await expect(gateReport.deleteMany()).rejects.toThrow('append-only');
  });

  it('hold a version against the one that was approved last, by what its trainer counted', async () => {
    await setTask({ gates: { notWorse: {} } });
    const standing = await finish();
    expect((await approve(standing)).status).toBe(200);
    const comparison = { modulatorVersion: standing.id, top1: 0.9, better: 1, worse: 9, pValue: 0.02 };
    const worse = await finish({ metrics: { comparison } });
    expect(problemOf(await approve(worse))).toMatchObject({ status: 409, code: 'gates_failed' });
    const equal = await finish({ metrics: { comparison: { ...comparison, better: 6, worse: 7 } } });
    expect((await reportOf(equal)).body).toMatchObject({ passed: true, comparedWith: standing.id });
    const blind = await finish();
    expect((await reportOf(blind)).body.results).toMatchObject([{ verdict: 'not_measured' }]);
    const refused = await approve(blind);
    expect(refused.body.errors?.map(({ pointer }) => pointer)).toEqual(['/gates/notWorse']);
  });
});

describe('an approval', () => {
  it('passes over a failed gate only by the word of an admin, which the version shows from then on', async () => {
    await setTask({ gates: { accuracyFloor: { value: 0.95 } } });
    const version = await finish();
    const override = { reason: 'needed before the fair' };
    const key = await registry.keyOf('approver');
    expect(problemOf(await approve(version, { override }, key))).toMatchObject({ code: 'approval_forbidden' });
    const { body } = await approve(version, { override });
    expect(body).toMatchObject({
      state: 'approved',
      approvals: [{ override: { reason: override.reason, of: ['accuracyFloor'] } }],
    });
    const [event] = await registry.database.prisma.auditEvent.findMany({ where: { resource: version.id } });
    expect(event).toMatchObject({
      action: 'modulator_version.approved',
      after: { override: { of: ['accuracyFloor'] } },
    });
  });

  it('is not for who ordered the training', async () => {
    const approver = await registry.made<{ id: string; secret: string }>('/v1/api-keys', {
      name: 'a',
      role: 'approver',
    });
    const version = await finish({ orderedBy: approver.id });
    expect(problemOf(await approve(version, {}, approver.secret))).toMatchObject({
      status: 409,
      code: 'approval_forbidden',
    });
    expect((await requestOf(version)).approvals).toEqual([]);
    expect((await approve(version)).body).toMatchObject({ state: 'approved' });
  });

  it('is not for who ordered the training by another key of theirs, nor by a key that such a key has made', async () => {
    const { user, apiKey } = registry.database.prisma;
    const { id: userId } = await user.create({ data: { id: newId('user'), email: 'ann@example.org', name: 'Ann' } });
    const keys = ['one', 'two'].map(() => newId('apiKey'));
    const [one = '', two = ''] = keys;
    const own = { projectId: DEFAULT_PROJECT_ID, name: 'own', role: 'admin', prefix: 'kc_', userId } as const;
    for (const id of keys) await apiKey.create({ data: { ...own, id, secretHash: id } });
    const made = await apiKey.create({ data: { ...own, userId: null, id: newId('apiKey'), secretHash: 'made', createdBy: two } }); // prettier-ignore
    const behind = (id: string) => registry.database.transaction((tx) => personBehind(tx, id));
    expect(await Promise.all([userId, one, two, made.id].map(behind))).toEqual([userId, userId, userId, userId]);
    const stranger = await registry.made<{ id: string; secret: string }>('/v1/api-keys', {
      name: 's',
      role: 'approver',
    });
    expect(await behind(stranger.id)).toBe(stranger.id);
    await apiKey.update({ where: { id: stranger.id }, data: { createdBy: made.id } });
    const version = await finish({ orderedBy: one });
    expect(problemOf(await approve(version, {}, stranger.secret))).toMatchObject({ code: 'approval_forbidden' });
  });

  it('takes two people where two are asked for; one of them may change their mind before', async () => {
    await setTask({ requiredApprovals: 2 });
    const version = await finish();
    const [ann, bob] = [await registry.keyOf('approver'), await registry.keyOf('approver')];
    expect((await approve(version, { comment: 'fine' }, ann)).body).toMatchObject({
      state: 'registered',
      statement: null,
    });
    expect(problemOf(await approve(version, {}, ann))).toMatchObject({ code: 'approval_forbidden' });
    const withdraw = () => registry.post(pathOf(version, '/withdraw-approval'), {}, { key: ann });
    expect((await withdraw()).body).toMatchObject({ approvals: [] });
    expect(problemOf(await withdraw())).toMatchObject({ code: 'conflict' });
    expect((await approve(version, {}, bob)).body).toMatchObject({ state: 'registered' });
    expect((await approve(version, {}, ann)).body).toMatchObject({ state: 'approved', approvals: [{}, {}] });
    expect(problemOf(await withdraw())).toMatchObject({ code: 'conflict' });
    const { approvals, requiredApprovals } = await requestOf(version);
    expect([requiredApprovals, approvals.map(({ withdrawnAt }) => withdrawnAt === null)]).toEqual([2, [false, true, true]]); // prettier-ignore
    const { versionApproval } = registry.database.prisma;
    await expect(versionApproval.updateMany({ data: { comment: 'forged' } })).rejects.toThrow('only be withdrawn');
  });

  it('is waited for in a list, until somebody decides', async () => {
    const { id: task } = await registry.made<Task>('/v1/tasks', { name: 'listed', title: 'Listed', labels: ['cat', 'dog'] }); // prettier-ignore
    const own = { ...ingredients, task: { ...ingredients.task, id: task } };
    const versions = [
      await finishJob(registry, own, Buffer.from('l1')),
      await finishJob(registry, own, Buffer.from('l2')),
    ];
    const list = async (query: string) => {
      const { body } = await registry.get<Page<ApprovalRequest>>(`/v1/approvals?task=listed&${query}`);
      return body.data.map(({ version }) => version);
    };
    expect(await list('')).toEqual([2, 1]);
    expect(await list('limit=1')).toEqual([2]);
    const [first] = versions;
    if (!first) throw new Error('no version');
    expect(await requestOf(first)).toMatchObject({ state: 'waiting', taskName: 'listed', requestedBy: 'somebody else', gates: { passed: true } }); // prettier-ignore
    await registry.made(pathOf(first, '/reject'), { comment: 'no' });
    expect(problemOf(await approve(first))).toMatchObject({ status: 409, code: 'approval_forbidden' });
    expect([await list(''), await list('state=rejected'), await list('state=approved')]).toEqual([[2], [1], []]);
  });

  it('and a rejection at the same time have one outcome', async () => {
    for (let round = 0; round < 5; round++) {
      const version = await finish();
      const answers = await Promise.all([
        approve(version),
        registry.post(pathOf(version, '/reject'), {}),
        approve(version),
      ]);
      const { body } = await registry.get<ModulatorVersion>(pathOf(version));
      const won = body.state === 'approved' ? [0, 2] : [1];
      const accepted = answers.flatMap(({ status }, i) => (status === 200 ? [i] : []));
      expect(accepted).toHaveLength(1);
      expect(won).toContain(accepted[0]);
      expect(body.approvals).toHaveLength(body.state === 'approved' ? 1 : 0);
    }
  });

  it('and a revocation at the same time leave what the revocation was told', async () => {
    for (let round = 0; round < 5; round++) {
      const version = await finish();
      const [approval, revocation] = await Promise.all([
        approve(version),
        registry.post(pathOf(version, '/revoke'), { comment: 'unsafe' }),
      ]);
      expect(approval.status).toBe(200);
      const { state, statement } = (await registry.get<ModulatorVersion>(pathOf(version))).body;
      expect([state, statement === null]).toEqual(revocation.status === 200 ? ['revoked', true] : ['approved', false]);
    }
  });
});
