import type { DeviceGroup, ModulatorVersion, Rollout } from '@kernelcast/contracts';
import { readFleetVersion } from '@kernelcast/database';
import { problemOf, TestRegistry } from '../testing/registry-app.js';
import { createIngredients, enrolDevice, finishJob, type Ingredients } from '../testing/scenario.js';

let registry: TestRegistry;
let ingredients: Ingredients;
let made = 0;
beforeAll(async () => {
  registry = await TestRegistry.start();
  ingredients = await createIngredients(registry);
});
afterAll(() => registry.close());

const pathOf = ({ modulatorId, version }: { modulatorId: string; version: number }, verb = '') =>
  `/v1/modulators/${modulatorId}/versions/${version}${verb}`;
const approved = async () => {
  const version = await finishJob(registry, ingredients, Buffer.from(`artifact ${made++}`));
  await registry.made(pathOf(version, '/approve'), {});
  return version;
};
const running = async (modulatorVersionId: string) => {
  const { id: groupId } = await registry.made<DeviceGroup>('/v1/device-groups', { name: `group-${made++}` });
  const device = await enrolDevice(registry, groupId, ingredients.base.digest);
  const { id } = await registry.made<Rollout>('/v1/rollouts', { modulatorVersionId, groupId });
  await registry.made(`/v1/rollouts/${id}/start`);
  return { id, groupId, device };
};
const rolloutOf = (id: string) => registry.database.prisma.rollout.findUniqueOrThrow({ where: { id } });

describe('a modulator version', () => {
  it('that is deprecated finishes its rollouts, begins none, and can be restored', async () => {
    const version = await approved();
    const { id, groupId, device } = await running(version.id);
    const before = await readFleetVersion(registry.database.prisma);
    const { body } = await registry.post<ModulatorVersion>(pathOf(version, '/deprecate'), { comment: 'old' });
    expect(body).toMatchObject({ state: 'deprecated', decision: { comment: 'old' } });
    expect(body.statement).not.toBeNull();
    expect(await readFleetVersion(registry.database.prisma)).toBe(before);
    const another = { modulatorVersionId: version.id, groupId };
    expect(problemOf(await registry.post('/v1/rollouts', another))).toMatchObject({ code: 'version_not_approved' });
    await device.report('pets', version.digest, 'active');
    expect((await registry.get(`/v1/rollouts/${id}/progress`)).body).toMatchObject({ state: 'completed' });
    expect((await registry.post(pathOf(version, '/restore'), {})).body).toMatchObject({ state: 'approved' });
  });

  it('in quarantine stays where it is, and goes on once it is restored', async () => {
    const version = await approved();
    const { id, device } = await running(version.id);
    await registry.made(pathOf(version, '/quarantine'), { comment: 'smells' });
    const fleetVersion = await readFleetVersion(registry.database.prisma);
    expect((await rolloutOf(id)).changedAtVersion).toBe(fleetVersion);
    await device.report('pets', version.digest, 'active');
    const progress = () => registry.get(`/v1/rollouts/${id}/progress`);
    expect((await progress()).body).toMatchObject({ state: 'running', active: 1 });
    expect(await readFleetVersion(registry.database.prisma)).toBe(fleetVersion);
    await registry.made(pathOf(version, '/restore'), {});
    expect(await readFleetVersion(registry.database.prisma)).toBe(fleetVersion + 1n);
    expect((await progress()).body).toMatchObject({ state: 'completed' });
  });

  it('that is revoked ends its rollouts, the completed ones too, and stays so', async () => {
    const version = await approved();
    const [open, done] = [await running(version.id), await running(version.id)];
    await done.device.report('pets', version.digest, 'active');
    expect((await registry.get(`/v1/rollouts/${done.id}/progress`)).body).toMatchObject({ state: 'completed' });
    const { body } = await registry.post<ModulatorVersion>(pathOf(version, '/revoke'), { comment: 'harmful' });
    expect(body).toMatchObject({ state: 'revoked', statement: null });
    const changedAtVersion = await readFleetVersion(registry.database.prisma);
    for (const { id } of [open, done])
      expect(await rolloutOf(id)).toMatchObject({ state: 'aborted', changedAtVersion });
    for (const verb of ['/approve', '/restore', '/quarantine', '/revoke']) {
      expect((await registry.post(pathOf(version, verb), {})).status).toBe(409);
    }
    const events = await registry.database.prisma.auditEvent.findMany({
      where: { resource: version.id },
      orderBy: { seq: 'asc' },
    });
    expect(events.map(({ action }) => action)).toEqual(['modulator_version.approved', 'modulator_version.revoked']);
    expect(events[1]).toMatchObject({
      before: { state: 'approved' },
      after: { state: 'revoked', comment: 'harmful', rollouts: [open.id, done.id].sort() },
    });
  });

  it('is decided upon once by many who ask at the same time', async () => {
    const version = await approved();
    const answers = await Promise.all(
      ['/deprecate', '/quarantine', '/revoke', '/revoke'].map((verb) => registry.post(pathOf(version, verb), {})),
    );
    const { state } = (await registry.get<ModulatorVersion>(pathOf(version))).body;
    const events = await registry.database.prisma.auditEvent.count({ where: { resource: version.id } });
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(events - 1);
    expect(answers.every(({ status }) => status === 200 || status === 409)).toBe(true);
    expect(state).not.toBe('approved');
  });

  it('is never changed, whatever asks the database to, and never removed', async () => {
    const { id } = await approved();
    const { modulatorVersion } = registry.database.prisma;
    const where = { id };
    for (const data of [
      { digest: `sha256:${'0'.repeat(64)}` },
      { metrics: { top1: 1 } },
      { size: 1 },
      { version: 99 },
    ]) {
      await expect(modulatorVersion.update({ where, data })).rejects.toThrow('immutable');
    }
    await expect(modulatorVersion.update({ where, data: { state: 'registered' } })).rejects.toThrow('stays so');
    await expect(modulatorVersion.delete({ where })).rejects.toThrow('are kept');
    await registry.made(
      pathOf((await registry.get<ModulatorVersion>(`/v1/modulator-versions/${id}`)).body, '/revoke'),
      {},
    );
    await expect(modulatorVersion.update({ where, data: { state: 'approved' } })).rejects.toThrow('stays so');
  });

  it('is decided upon by an approver, not by a trainer', async () => {
    const version = await approved();
    const key = await registry.keyOf('trainer');
    for (const verb of ['/deprecate', '/quarantine', '/restore', '/revoke']) {
      expect((await registry.post(pathOf(version, verb), {}, { key })).status).toBe(403);
    }
    expect((await registry.get(`/v1/modulators/${version.modulatorId}`)).body).toMatchObject({ taskName: 'pets' });
  });
});
