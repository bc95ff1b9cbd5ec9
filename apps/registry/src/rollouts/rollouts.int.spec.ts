import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import {
  DEFAULT_PROJECT_ID,
  FLEET_CHANGED,
  webhookEventTypes,
  type DeviceGroup,
  type OrderedRollout,
  type Rollout,
  type RolloutPreview,
  type RolloutProgress,
} from '@kernelcast/contracts';
import { newId, readFleetVersion } from '@kernelcast/database';
import { waitFor } from '@kernelcast/testing';
import { person } from '../testing/people.js';
import { problemOf, TestRegistry } from '../testing/registry-app.js';
import {
  createIngredients,
  enrolDevice,
  finishJob,
  type EnrolledDevice,
  type Ingredients,
} from '../testing/scenario.js';

let registry: TestRegistry;
let ingredients: Ingredients;
let heard = '';
const delivery = createServer((socket) => socket.on('data', (chunk) => (heard += chunk.toString())));

beforeAll(async () => {
  await new Promise<void>((resolve) => delivery.listen(0, '127.0.0.1', resolve));
  const address = delivery.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  registry = await TestRegistry.start({ KERNELCAST_EVENTS_PORT: String(port) });
  ingredients = await createIngredients(registry);
  await registry.database.prisma.webhook.create({
    data: {
      ...{ id: newId('webhook'), projectId: DEFAULT_PROJECT_ID, url: 'https://example.com/', signing: 'v1' },
      eventTypes: webhookEventTypes.filter((type) => type.startsWith('rollout.')),
      ...{ sealedSecret: new Uint8Array(1), quietUntil: new Date('2100-01-01') },
    },
  });
});
afterAll(async () => {
  await registry.close();
  delivery.close();
});

let made = 0;
const approvedVersion = async () => {
  const version = await finishJob(registry, ingredients, Buffer.from(`artifact ${made++}`));
  await registry.made(`/v1/modulators/${version.modulatorId}/versions/${version.version}/approve`, {});
  return version;
};
const groupOf = async (count: number): Promise<{ groupId: string; devices: EnrolledDevice[] }> => {
  const { id: groupId } = await registry.made<DeviceGroup>('/v1/device-groups', { name: `group-${made++}` });
  const enrol = () => enrolDevice(registry, groupId, ingredients.base.digest);
  return { groupId, devices: await Promise.all(Array.from({ length: count }, enrol)) };
};
const progressOf = async ({ id }: Rollout) => (await registry.get<RolloutProgress>(`/v1/rollouts/${id}/progress`)).body;
const rolloutOf = async ({ id }: Rollout) => (await registry.get<Rollout>(`/v1/rollouts/${id}`)).body;
const act = ({ id }: Rollout, verb: string, body?: object) =>
  registry.post<Rollout>(`/v1/rollouts/${id}/${verb}`, body);
/** What webhooks were told of a rollout. */
const eventsOf = async ({ id }: Rollout) => {
  const where = { payload: { contains: id } };
  return (await registry.database.prisma.webhookEvent.findMany({ where })).map(({ type }) => type).sort();
};
const start = ({ id }: Rollout) => registry.post<Rollout>(`/v1/rollouts/${id}/start`);

describe('a rollout', () => {
  it('to a whole group runs once started, counts what the devices report, and completes', async () => {
    const version = await approvedVersion();
    const { groupId, devices } = await groupOf(3);
    const waves = [{ share: 1, errorRatio: 0.5 }];
    const rollout = await registry.made<Rollout>('/v1/rollouts', { modulatorVersionId: version.id, groupId, waves });
    expect(rollout).toMatchObject({ state: 'created', taskName: 'pets', currentWave: 0, waves: [{ share: 1 }] });
    const before = await readFleetVersion(registry.database.prisma);
    expect((await start(rollout)).body).toMatchObject({ state: 'running' });
    const row = await registry.database.prisma.rollout.findUniqueOrThrow({ where: { id: rollout.id } });
    expect(row.changedAtVersion).toBe(before + 1n);
    expect(await readFleetVersion(registry.database.prisma)).toBe(before + 1n);

    await devices[0]?.report('pets', version.digest, 'downloading');
    await devices[1]?.report('pets', version.digest, 'failed');
    await devices[2]?.report('pets', `sha256:${'0'.repeat(64)}`, 'active');
    expect(await progressOf(rollout)).toMatchObject({
      ...{ targeted: 3, downloading: 1, failed: 1, active: 0, silent: 1 },
      ...{ state: 'running', failures: [{ code: null, devices: 1 }], successRatio: 0, errorRatio: 1 },
    });

    for (const device of devices) await device.report('pets', version.digest, 'active');
    expect(await progressOf(rollout)).toMatchObject({ state: 'completed', targeted: 3, active: 3, silent: 0 });
    expect((await registry.get<Rollout>(`/v1/rollouts/${rollout.id}`)).body.finishedAt).not.toBeNull();
  });

  it('tells the delivery service when it starts', async () => {
    const version = await approvedVersion();
    const { groupId } = await groupOf(1);
    const rollout = await registry.made<Rollout>('/v1/rollouts', { modulatorVersionId: version.id, groupId });
    heard = '';
    await start(rollout);
    const fleetVersion = Number(await readFleetVersion(registry.database.prisma));
    await waitFor(
      'the notification',
      () => heard.includes(FLEET_CHANGED) && heard.includes(`"fleetVersion":${fleetVersion}`),
    );
  });

  it('completes also when nobody looks', async () => {
    const version = await approvedVersion();
    const { groupId, devices } = await groupOf(1);
    const rollout = await registry.made<Rollout>('/v1/rollouts', { modulatorVersionId: version.id, groupId });
    await start(rollout);
    await devices[0]?.report('pets', version.digest, 'active');
    await waitFor('the rollout to complete', async () => {
      const row = await registry.database.prisma.rollout.findUnique({ where: { id: rollout.id } });
      return row?.state === 'completed';
    });
  });

  it('reaches with each wave the devices whose hash lies in the share', async () => {
    const version = await approvedVersion();
    const { groupId, devices } = await groupOf(40);
    const waves = [{ share: 0.3 }, { share: 1 }];
    const rollout = await registry.made<Rollout>('/v1/rollouts', { modulatorVersionId: version.id, groupId, waves });
    const bandwidth = 8 * 10;
    const preview = await registry.get<RolloutPreview>(`/v1/rollouts/${rollout.id}/preview?bandwidth=${bandwidth}`);
    await start(rollout);
    const fractionOf = (device: EnrolledDevice) =>
      Number(createHash('sha256').update(`${rollout.id}:${device.id}`).digest().readBigUInt64BE(0)) / 2 ** 64;
    const members = devices.filter((device) => fractionOf(device) < 0.3);
    expect(await progressOf(rollout)).toMatchObject({ targeted: members.length, silent: members.length });
    const { size } = await registry.database.prisma.modulatorVersion.findUniqueOrThrow({ where: { id: version.id } });
    expect(preview.body).toMatchObject({
      ...{ devices: 40, lackBase: 0, decidedByOthers: 0, conflicts: [], bytes: { perDevice: size, total: 40 * size } },
      waves: [{ devices: members.length }, { devices: 40, added: 40 - members.length, haveVersion: 0 }],
      airtimeSeconds: { perDevice: size / 10 },
    });

    for (const device of members) await device.report('pets', version.digest, 'active');
    await progressOf(rollout);
    const next = await registry.get<Rollout>(`/v1/rollouts/${rollout.id}`);
    expect(next.body).toMatchObject({ state: 'running', currentWave: members.length > 0 ? 1 : 0 });
    expect(await progressOf(rollout)).toMatchObject({ targeted: 40, active: members.length });
  });

  it('to a group by attributes leaves out the devices for which a rollout of higher priority decides', async () => {
    const [pinned, newer] = [await approvedVersion(), await approvedVersion()];
    const { groupId, devices } = await groupOf(2);
    await groupOf(1);
    const selector = [{ key: 'site', equals: 'test' }];
    const all = await registry.made<DeviceGroup>('/v1/device-groups', { name: 'everywhere', selector });
    const before = await registry.made<Rollout>('/v1/rollouts', {
      modulatorVersionId: pinned.id,
      groupId,
      priority: 9,
    });
    await start(before);
    const order = { modulatorVersionId: newer.id, groupId: all.id, priority: 5 };
    const rollout = await registry.made<OrderedRollout>('/v1/rollouts', order);
    expect(rollout.conflicts).toContainEqual(
      expect.objectContaining({ rolloutId: before.id, relation: 'overridden_by', priority: 9 }),
    );
    await start(rollout);
    const preview = (await registry.get<RolloutPreview>(`/v1/rollouts/${rollout.id}/preview`)).body;
    expect(preview.decidedByOthers).toBe(devices.length);
    expect((await progressOf(rollout)).targeted).toBe(preview.waves[0]?.devices);
    await act(rollout, 'rollback', {});
  });

  it('does not count revoked devices, nor those of another base', async () => {
    const version = await approvedVersion();
    const { groupId, devices } = await groupOf(2);
    await enrolDevice(registry, groupId, `sha256:${'1'.repeat(64)}`);
    await registry.post(`/v1/devices/${devices[0]?.id}/revoke`);
    const rollout = await registry.made<Rollout>('/v1/rollouts', { modulatorVersionId: version.id, groupId });
    expect(await progressOf(rollout)).toMatchObject({ state: 'created', targeted: 1 });
  });

  it('halts by its gate, goes on with the failures accepted, and is rolled back to what was before', async () => {
    const [first, second] = [await approvedVersion(), await approvedVersion()];
    const { groupId, devices } = await groupOf(2);
    const order = { modulatorVersionId: first.id, groupId };
    await start(await registry.made<Rollout>('/v1/rollouts', order));
    const made = await registry.made<OrderedRollout>('/v1/rollouts', { ...order, modulatorVersionId: second.id });
    expect(made.conflicts).toMatchObject([{ version: first.version, relation: 'overrides', state: 'running' }]);
    await start(made);
    await devices[0]?.report('pets', second.digest, 'failed');
    expect(await progressOf(made)).toMatchObject({ state: 'halted', failed: 1 });
    expect((await rolloutOf(made)).stopped).toMatchObject({ reason: 'errors' });
    expect(await eventsOf(made)).toEqual(['rollout.started', 'rollout.wave_halted']);

    expect((await act(made, 'resume')).body).toMatchObject({ state: 'running', acceptedFailures: 1, stopped: null });
    expect((await act(made, 'pause')).body).toMatchObject({ state: 'paused', stopped: { reason: 'operator' } });
    const before = await readFleetVersion(registry.database.prisma);
    expect((await act(made, 'rollback', {})).body).toMatchObject({ state: 'rolled_back', rolledBackToId: null });
    const row = await registry.database.prisma.rollout.findUniqueOrThrow({ where: { id: made.id } });
    expect(row.changedAtVersion).toBe(before + 1n);
    expect(problemOf(await act(made, 'rollback', {}))).toMatchObject({ code: 'conflict' });
    expect(await eventsOf(made)).toEqual([
      ...['rollout.paused', 'rollout.resumed', 'rollout.rolled_back', 'rollout.started', 'rollout.wave_halted'],
    ]);
  });

  it('rolls itself back by its gate where it is asked to, and by hand to a named version of its task alone', async () => {
    const [first, second] = [await approvedVersion(), await approvedVersion()];
    const { groupId, devices } = await groupOf(1);
    const order = { modulatorVersionId: second.id, groupId, onBreach: 'rollback' };
    const rollout = await registry.made<Rollout>('/v1/rollouts', order);
    await start(rollout);
    await devices[0]?.report('pets', second.digest, 'failed');
    expect(await progressOf(rollout)).toMatchObject({ state: 'rolled_back' });
    expect(await eventsOf(rollout)).toEqual(['rollout.rolled_back', 'rollout.started', 'rollout.wave_halted']);

    const again = await registry.made<Rollout>('/v1/rollouts', { ...order, onBreach: 'halt' });
    await start(again);
    expect(problemOf(await act(again, 'rollback', { to: second.id }))).toMatchObject({ code: 'conflict' });
    expect((await act(again, 'rollback', { to: first.id })).body).toMatchObject({ rolledBackToId: first.id });
  });

  it('waits for its time, and is given up once', async () => {
    const version = await approvedVersion();
    const { groupId } = await groupOf(1);
    const startAt = '2100-01-01T00:00:00Z';
    const order = { modulatorVersionId: version.id, groupId, startAt };
    const rollout = await registry.made<Rollout>('/v1/rollouts', order);
    expect((await start(rollout)).body).toMatchObject({ state: 'scheduled', startedAt: null });
    const past = new Date('2026-01-01');
    await registry.database.prisma.rollout.update({ where: { id: rollout.id }, data: { startAt: past } });
    await waitFor('its time', async () => (await rolloutOf(rollout)).state === 'running');
    expect((await act(rollout, 'abort')).body).toMatchObject({ state: 'aborted' });
    expect(problemOf(await act(rollout, 'abort'))).toMatchObject({ code: 'conflict' });
  });

  it('of a task that asks for it starts after the yes of another person', async () => {
    const version = await approvedVersion();
    const { groupId } = await groupOf(1);
    const setApproval = (rolloutApproval: boolean) =>
      registry.database.prisma.task.updateMany({ where: { name: 'pets' }, data: { rolloutApproval } });
    await setApproval(true);
    const rollout = await registry.made<Rollout>('/v1/rollouts', { modulatorVersionId: version.id, groupId });
    await setApproval(false);
    expect(rollout.approval).toMatchObject({ required: true, by: null });
    expect(problemOf(await start(rollout))).toMatchObject({ status: 409, code: 'rollout_not_approved' });
    const own = await act(rollout, 'approve', {});
    expect(problemOf(own)).toMatchObject({ status: 409, code: 'approval_forbidden' });
    const approver = await person(registry, 'approver', { memberships: [{ project: 'default', role: 'approver' }] });
    const yes = await registry.post<Rollout>(`/v1/rollouts/${rollout.id}/approve`, { comment: 'go' }, approver.as);
    expect(yes.body.approval).toMatchObject({ by: approver.id, comment: 'go' });
    expect((await start(rollout)).body).toMatchObject({ state: 'running' });
  });

  it('starts once', async () => {
    const version = await approvedVersion();
    const { groupId } = await groupOf(1);
    const rollout = await registry.made<Rollout>('/v1/rollouts', { modulatorVersionId: version.id, groupId });
    const answers = await Promise.all(Array.from({ length: 4 }, () => start(rollout)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
  });

  it('is not made of a version that was not approved', async () => {
    const { id } = await finishJob(registry, ingredients, Buffer.from('raw'));
    const { groupId } = await groupOf(0);
    const answer = await registry.post('/v1/rollouts', { modulatorVersionId: id, groupId });
    expect(problemOf(answer)).toMatchObject({ status: 409, code: 'version_not_approved' });
  });

  it('does not start when its version was revoked meanwhile', async () => {
    const version = await approvedVersion();
    const { groupId } = await groupOf(0);
    const rollout = await registry.made<Rollout>('/v1/rollouts', { modulatorVersionId: version.id, groupId });
    await registry.database.prisma.modulatorVersion.update({ where: { id: version.id }, data: { state: 'revoked' } });
    expect(problemOf(await start(rollout))).toMatchObject({ status: 409, code: 'version_not_approved' });
  });

  it('is not made for what does not exist', async () => {
    const version = await approvedVersion();
    const nothing = { modulatorVersionId: `mdv_${'0'.repeat(26)}`, groupId: `grp_${'0'.repeat(26)}` };
    expect(problemOf(await registry.post('/v1/rollouts', nothing))).toMatchObject({ code: 'modulator_not_found' });
    const noGroup = { ...nothing, modulatorVersionId: version.id };
    expect(problemOf(await registry.post('/v1/rollouts', noGroup))).toMatchObject({ code: 'group_not_found' });
    const unknown = `/v1/rollouts/rol_${'0'.repeat(26)}`;
    for (const path of [unknown, `${unknown}/progress`]) {
      expect(problemOf(await registry.get(path))).toMatchObject({ status: 404, code: 'rollout_not_found' });
    }
  });

  it('has waves that reach further each time', async () => {
    const version = await approvedVersion();
    const { groupId } = await groupOf(0);
    const waves = [{ share: 0.5 }, { share: 0.5 }];
    const answer = await registry.post('/v1/rollouts', { modulatorVersionId: version.id, groupId, waves });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ pointer: '/body/waves/1/share' }] } });
  });
});
