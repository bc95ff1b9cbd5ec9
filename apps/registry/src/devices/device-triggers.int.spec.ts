import { DEFAULT_PROJECT_ID } from '@kernelcast/contracts';
import { createDatabase, newId, type Database } from '@kernelcast/database';
import { createTestDatabase } from '@kernelcast/testing';

let database: Database;
let drop: () => Promise<void>;
let groups: string[];
const projectId = DEFAULT_PROJECT_ID;

beforeAll(async () => {
  const testDatabase = await createTestDatabase();
  database = createDatabase(testDatabase.url, { max: 4 });
  drop = testDatabase.drop;
  groups = [newId('deviceGroup'), newId('deviceGroup')];
  await database.prisma.deviceGroup.createMany({ data: groups.map((id, i) => ({ id, projectId, name: `g${i}` })) });
});
afterAll(async () => {
  await database.close();
  await drop();
});

const deviceOf = (groupId: string, attributes: Record<string, string>) => ({
  id: newId('device'),
  projectId,
  groupId,
  attributes,
  publicKey: 'k',
  baseDigests: [],
  runtime: 'node',
});
const sizes = async () => {
  const rows = await database.prisma.deviceGroupSize.groupBy({ by: ['groupId'], _sum: { devices: true } });
  return groups.map((id) => rows.find(({ groupId }) => groupId === id)?._sum.devices ?? 0);
};
const attributesOf = async (deviceId: string) => {
  const rows = await database.prisma.deviceAttribute.findMany({ where: { deviceId }, orderBy: { key: 'asc' } });
  return rows.map(({ key, value }) => `${key}=${value}`);
};

describe('what the database keeps beside devices', () => {
  it('follows enrolments at the same time, moves, new attributes and removals', async () => {
    const [first = '', second = ''] = groups;
    const devices = Array.from({ length: 40 }, (_, i) => deviceOf(i % 4 === 0 ? second : first, { site: `s${i}` }));
    await Promise.all(devices.map((data) => database.prisma.device.create({ data })));
    expect(await sizes()).toEqual([30, 10]);

    const [, one] = devices;
    const where = { id: one?.id ?? '' };
    await database.prisma.device.update({ where, data: { groupId: second, attributes: { site: 'new', arm: 'yes' } } });
    expect(await sizes()).toEqual([29, 11]);
    expect(await attributesOf(where.id)).toEqual(['arm=yes', 'site=new']);

    await database.prisma.device.deleteMany({ where: { groupId: second } });
    expect(await sizes()).toEqual([29, 0]);
    expect(await attributesOf(where.id)).toEqual([]);
  });

  it('goes with a group and its devices', async () => {
    const id = newId('deviceGroup');
    await database.prisma.deviceGroup.create({ data: { id, projectId, name: 'gone' } });
    await database.prisma.device.createMany({ data: [deviceOf(id, {}), deviceOf(id, { site: 'x' })] });
    await database.transaction(async (tx) => {
      await tx.device.deleteMany({ where: { groupId: id } });
      await tx.deviceGroup.delete({ where: { id } });
    });
    expect(await database.prisma.deviceGroupSize.count({ where: { groupId: id } })).toBe(0);
  });
});
