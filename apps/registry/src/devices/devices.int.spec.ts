import { createHash } from 'node:crypto';
import type { Device, DeviceGroup, Page } from '@kernelcast/contracts';
import { readFleetVersion } from '@kernelcast/database';
import { problemOf, TestRegistry } from '../testing/registry-app.js';
import { createIngredients, enrolDevice, finishJob, type Ingredients } from '../testing/scenario.js';

let registry: TestRegistry;
let ingredients: Ingredients;
let group: DeviceGroup;

beforeAll(async () => {
  registry = await TestRegistry.start();
  ingredients = await createIngredients(registry);
  group = await registry.made<DeviceGroup>('/v1/device-groups', { name: 'lab' });
});
afterAll(() => registry.close());

const unknownGroup = `grp_${'0'.repeat(26)}`;

describe('an enrolment token', () => {
  it('is shown once and kept as a hash', async () => {
    const made = await registry.made<{ id: string; token: string }>('/v1/enrolment-tokens', {
      groupId: group.id,
      uses: 3,
    });
    const row = await registry.database.prisma.enrolmentToken.findUniqueOrThrow({ where: { id: made.id } });
    expect(row).toMatchObject({ usesLeft: 3, tokenHash: createHash('sha256').update(made.token).digest('hex') });
    expect(
      JSON.stringify(
        await registry.database.prisma.auditEvent.findMany({ where: { resource: made.id }, select: { after: true } }),
      ),
    ).not.toContain(made.token);
  });

  it('is for a group that exists', async () => {
    const answer = await registry.post('/v1/enrolment-tokens', { groupId: unknownGroup });
    expect(problemOf(answer)).toMatchObject({ status: 404, code: 'group_not_found' });
  });
});

describe('a device', () => {
  it('shows which version of which task it runs', async () => {
    const { digest, version } = await finishJob(registry, ingredients, Buffer.from('artifact'));
    const device = await enrolDevice(registry, group.id, ingredients.base.digest);
    await device.report('pets', digest, 'active');
    const { body } = await registry.get<Device>(`/v1/devices/${device.id}`);
    expect(body).toMatchObject({
      groupName: 'lab',
      state: 'active',
      attributes: { site: 'test' },
      slots: [{ slot: 'pets', phase: 'active', digest, taskName: 'pets', version }],
    });
    const listed = await registry.get<Page<Device>>('/v1/devices?group=lab');
    expect(listed.body.data).toContainEqual(body);
    const groups = await registry.get<Page<DeviceGroup>>('/v1/device-groups');
    expect(groups.body.data).toMatchObject([{ name: 'lab', devices: 1 }]);
  });

  it('is found by its attributes, group and state', async () => {
    const found = async (query: string) => (await registry.get<Page<Device>>(`/v1/devices?${query}`)).body.data?.length;
    const all = await found('group=lab');
    expect(all).toBeGreaterThan(0);
    expect(await found('attribute=site:test')).toBe(all);
    expect(await found('attribute=site:test&attribute=site:test&group=lab&state=active')).toBe(all);
    expect(await found('attribute=site:test&attribute=arm:yes')).toBe(0);
    expect(await found('attribute=site:test&state=revoked')).toBe(0);
    expect(await found('attribute=site:elsewhere')).toBe(0);
    expect(problemOf(await registry.get('/v1/devices?attribute=site'))).toMatchObject({ code: 'validation_failed' });
  });

  it('is revoked once: its epoch rises, and the fleet’s version tells the delivery service', async () => {
    const device = await enrolDevice(registry, group.id, ingredients.base.digest);
    const before = await readFleetVersion(registry.database.prisma);
    for (let i = 0; i < 2; i++) {
      expect((await registry.post<Device>(`/v1/devices/${device.id}/revoke`)).body.state).toBe('revoked');
    }
    const row = await registry.database.prisma.device.findUniqueOrThrow({ where: { id: device.id } });
    expect(row.epoch).toBe(2);
    expect(await readFleetVersion(registry.database.prisma)).toBe(before + 1n);
  });

  it.each([
    ['GET', ''],
    ['POST', '/revoke'],
  ])('that is not there: %s %s', async (method, verb) => {
    const answer = await registry.call(method, `/v1/devices/dev_${'0'.repeat(26)}${verb}`);
    expect(problemOf(answer)).toMatchObject({ status: 404, code: 'device_not_found' });
  });
});

describe('a group with a selector', () => {
  it('counts the devices that fit, follows their attributes, and takes no tokens', async () => {
    const device = await enrolDevice(registry, group.id, ingredients.base.digest);
    const selector = [
      { key: 'line', in: ['7', '8'] },
      { key: 'broken', exists: true, not: true },
    ];
    const line = await registry.made<DeviceGroup>('/v1/device-groups', { name: 'line', selector });
    expect(line).toMatchObject({ devices: 0, selector: [{ key: 'line', in: ['7', '8'], not: false }, selector[1]] });
    const path = `/v1/devices/${device.id}`;
    const change = async (attributes: object) => {
      const etag = (await registry.get(path)).headers.get('etag') ?? '';
      return registry.call<Device>('PATCH', path, { body: { attributes }, headers: { 'if-match': etag } });
    };
    const devices = async () =>
      (await registry.get<Page<DeviceGroup>>('/v1/device-groups?search=line')).body.data[0]?.devices;
    expect((await change({ line: '7' })).body.attributes).toEqual({ site: 'test', line: '7' });
    expect(await devices()).toBe(1);
    expect((await registry.get<Page<Device>>('/v1/devices?group=line')).body.data).toMatchObject([{ id: device.id }]);
    await change({ broken: 'yes', site: null });
    expect(await devices()).toBe(0);
    const many = Object.fromEntries(Array.from({ length: 31 }, (_, i) => [`key${i}`, '']));
    expect(problemOf(await change(many))).toMatchObject({ code: 'validation_failed' });
    const token = await registry.post('/v1/enrolment-tokens', { groupId: line.id });
    expect(problemOf(token)).toMatchObject({ status: 409, code: 'conflict' });
  });
});

it('a device group has a name of its own', async () => {
  const answer = await registry.post('/v1/device-groups', { name: 'lab' });
  expect(problemOf(answer)).toMatchObject({ status: 409, code: 'name_taken' });
});
