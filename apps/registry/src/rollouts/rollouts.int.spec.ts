import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { FLEET_CHANGED, type DeviceGroup, type Rollout, type RolloutProgress } from '@kernelcast/contracts';
import { readFleetVersion } from '@kernelcast/database';
import { waitFor } from '@kernelcast/testing';
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
const start = ({ id }: Rollout) => registry.post<Rollout>(`/v1/rollouts/${id}/start`);

describe('a rollout', () => {
  it('to a whole group runs once started, counts what the devices report, and completes', async () => {
    const version = await approvedVersion();
    const { groupId, devices } = await groupOf(3);
    const rollout = await registry.made<Rollout>('/v1/rollouts', { modulatorVersionId: version.id, groupId });
    expect(rollout).toMatchObject({ state: 'created', taskName: 'pets', currentWave: 0, waves: [{ share: 1 }] });
    const before = await readFleetVersion(registry.database.prisma);
    expect((await start(rollout)).body).toMatchObject({ state: 'running' });
    const row = await registry.database.prisma.rollout.findUniqueOrThrow({ where: { id: rollout.id } });
    expect(row.changedAtVersion).toBe(before + 1n);
    expect(await readFleetVersion(registry.database.prisma)).toBe(before + 1n);

    await devices[0]?.report('pets', version.digest, 'downloading');
    await devices[1]?.report('pets', version.digest, 'failed');
    await devices[2]?.report('pets', `sha256:${'0'.repeat(64)}`, 'active');
    expect(await progressOf(rollout)).toMatchObject({ targeted: 3, downloading: 1, failed: 1, active: 0, silent: 1 });

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
    await start(rollout);
    const fractionOf = (device: EnrolledDevice) =>
      Number(createHash('sha256').update(`${rollout.id}:${device.id}`).digest().readBigUInt64BE(0)) / 2 ** 64;
    const members = devices.filter((device) => fractionOf(device) < 0.3);
    expect(await progressOf(rollout)).toMatchObject({ targeted: members.length, silent: members.length });

    for (const device of members) await device.report('pets', version.digest, 'active');
    await progressOf(rollout);
    const next = await registry.get<Rollout>(`/v1/rollouts/${rollout.id}`);
    expect(next.body).toMatchObject({ state: 'running', currentWave: members.length > 0 ? 1 : 0 });
    expect(await progressOf(rollout)).toMatchObject({ targeted: 40, active: members.length });
  });

  it('does not count revoked devices, nor those of another base', async () => {
    const version = await approvedVersion();
    const { groupId, devices } = await groupOf(2);
    await enrolDevice(registry, groupId, `sha256:${'1'.repeat(64)}`);
    await registry.post(`/v1/devices/${devices[0]?.id}/revoke`);
    const rollout = await registry.made<Rollout>('/v1/rollouts', { modulatorVersionId: version.id, groupId });
    expect(await progressOf(rollout)).toMatchObject({ state: 'created', targeted: 1 });
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
