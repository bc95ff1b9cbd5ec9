import { DEFAULT_PROJECT_ID, type AttributeCondition, type DeviceSelector } from '@kernelcast/contracts';
import { createDatabase, newId, readFleetVersion, type Database } from '@kernelcast/database';
import { createTestDatabase } from '@kernelcast/testing';
import fc from 'fast-check';
import { selectorPath } from './selector-path.js';

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

describe('groups by selector', () => {
  const groupBy = async (selector: DeviceSelector) => {
    const id = newId('deviceGroup');
    const data = {
      id,
      projectId,
      name: id.toLowerCase().replace('_', '-'),
      selector,
      selectorPath: selectorPath(selector),
    };
    await database.transaction(async (tx) => {
      await tx.deviceGroup.create({ data });
      await tx.$queryRaw`SELECT join_selected(${id})::int`;
    });
    return id;
  };
  const sizeOf = async (groupId: string) => {
    const { _sum } = await database.prisma.deviceGroupSize.aggregate({ where: { groupId }, _sum: { devices: true } });
    return _sum.devices ?? 0;
  };
  const membersOf = async (groupId: string) =>
    (await database.prisma.deviceGroupMember.findMany({ where: { groupId } })).map(({ deviceId }) => deviceId).sort();
  const enrol = async (attributes: Record<string, string>) => {
    const data = deviceOf(groups[0] ?? '', attributes);
    await database.prisma.device.create({ data });
    return data.id;
  };

  it('take in the devices that fit, also those that enrol while the group is made, and let them go', async () => {
    const early = await enrol({ area: 'north' });
    const [north, ...late] = await Promise.all([
      groupBy([{ key: 'area', equals: 'north', not: false }]),
      ...Array.from({ length: 20 }, () => enrol({ area: 'north' })),
      enrol({ area: 'south' }),
    ]);
    const fitting = [early, ...late.slice(0, -1)].sort();
    expect(await membersOf(north)).toEqual(fitting);
    expect(await sizeOf(north)).toBe(21);

    await database.prisma.device.update({ where: { id: early }, data: { attributes: { area: 'south' } } });
    await database.prisma.device.delete({ where: { id: late[0] } });
    expect(await membersOf(north)).toEqual(fitting.filter((id) => id !== early && id !== late[0]));
    expect(await sizeOf(north)).toBe(19);
  });

  it('raise the lowest version of the manifests of who leaves above all that it may have accepted', async () => {
    const east = await groupBy([{ key: 'area', equals: 'east', not: false }]);
    const id = await enrol({ area: 'east' });
    const rollout = {
      id: newId('rollout'),
      projectId,
      ...(await aVersion(database)),
      groupId: east,
      createdBy: 'test',
    };
    await database.prisma.rollout.create({ data: { ...rollout, waves: [{ share: 1 }], changedAtVersion: 40 } });
    const change = async (attributes: Record<string, string>) => {
      const before = await readFleetVersion(database.prisma);
      const { membershipAt, versionFloor } = await database.prisma.device
        .update({ where: { id }, data: { attributes } })
        .then(() => database.prisma.device.findUniqueOrThrow({ where: { id } }));
      return [versionFloor, membershipAt > before];
    };
    expect(await change({ area: 'east', arm: 'yes' })).toEqual([0n, false]);
    expect(await change({ area: 'west' })).toEqual([41n, true]);
    expect(await change({ area: 'east' })).toEqual([42n, true]);
  });

  it('fit as the grammar says, whatever the attributes are', async () => {
    const word = fc.oneof(
      fc.constantFrom('a', 'b', '$', '"', '\\', 'ü\n'),
      fc.string({ maxLength: 3, unit: 'binary' }),
    );
    const text = word.filter((value) => !/[\0\p{Surrogate}]/u.test(value));
    const key = text.filter((value) => value.length > 0);
    const not = fc.boolean();
    const condition: fc.Arbitrary<AttributeCondition> = fc.oneof(
      fc.record({ key, equals: text, not }),
      fc.record({ key, in: fc.array(text, { minLength: 1, maxLength: 3 }), not }),
      fc.record({ key, exists: fc.constant(true as const), not }),
    );
    const fits = (attributes: Record<string, string>) => (each: AttributeCondition) => {
      const value = Object.hasOwn(attributes, each.key) ? attributes[each.key] : undefined;
      const wanted = each.equals === undefined ? each.in : [each.equals];
      return (value !== undefined && (wanted?.includes(value) ?? true)) !== each.not;
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(condition, { minLength: 1, maxLength: 3 }),
        fc.dictionary(key, text),
        async (selector, attributes) => {
          const [row] = await database.prisma.$queryRaw<{ fits: boolean }[]>`
          SELECT ${JSON.stringify(attributes)}::jsonb @@ ${selectorPath(selector)}::text::jsonpath AS fits`;
          expect(row?.fits).toBe(selector.every(fits(attributes)));
        },
      ),
    );
  });
});

/** A version that a rollout can bring, with all that it stands on. */
const aVersion = async ({ prisma }: Database) => {
  const digest = `sha256:${'d'.repeat(64)}`;
  const [taskId, baseNetworkId, datasetId, datasetVersionId, trainingJobId, modulatorId, modulatorVersionId] = [
    ...(['task', 'baseNetwork', 'dataset', 'datasetVersion', 'trainingJob', 'modulator', 'modulatorVersion'] as const),
  ].map((kind) => newId(kind)) as [string, string, string, string, string, string, string];
  const labels = ['a', 'b'];
  await prisma.task.create({ data: { id: taskId, projectId, name: 'pets', title: 'Pets', labels } });
  const shape = { architecture: 'test', parameters: 1, inputHeight: 4, inputWidth: 4, weightsSize: 1 };
  const files = { digest, graphDigest: digest, weightsDigest: digest };
  await prisma.baseNetwork.create({ data: { id: baseNetworkId, name: 'base', ...shape, ...files } });
  await prisma.dataset.create({ data: { id: datasetId, projectId, name: 'pets', description: '' } });
  await prisma.datasetVersion.create({
    data: { id: datasetVersionId, projectId, datasetId, version: 1, state: 'uploading' },
  });
  const order = { method: 'km', scenario: 'transfer', hyperparameters: {}, budget: {}, seed: 1n, createdBy: 'test' };
  await prisma.trainingJob.create({
    data: { id: trainingJobId, projectId, taskId, datasetVersionId, baseNetworkId, ...order },
  });
  await prisma.modulator.create({ data: { id: modulatorId, projectId, taskId, baseNetworkId } });
  const content = {
    digest,
    size: 1,
    method: 'km',
    encoding: 'f16',
    parameters: 1,
    headParameters: 1,
    labels,
    metrics: {},
  };
  await prisma.modulatorVersion.create({
    data: { id: modulatorVersionId, projectId, modulatorId, version: 1, trainingJobId, ...content },
  });
  return { modulatorVersionId };
};
