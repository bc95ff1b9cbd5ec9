import { applyDelta, writeSafetensors } from '@kernelcast/artifact';
import type { Digest, ModulatorVersion, VersionDelta } from '@kernelcast/contracts';
import { readFleetVersion } from '@kernelcast/database';
import { blobKey, createObjectStore } from '@kernelcast/storage';
import { waitFor } from '@kernelcast/testing';
import { TestRegistry } from '../testing/registry-app.js';
import { createIngredients, enrolDevice, finishJob, type Ingredients } from '../testing/scenario.js';
import { DeltaMaking } from './delta-making.service.js';
import { DeltasRepository } from './deltas.repository.js';

let registry: TestRegistry;
let ingredients: Ingredients;
let making: DeltaMaking;
let told = 0;

beforeAll(async () => {
  registry = await TestRegistry.start();
  ingredients = await createIngredients(registry);
  const store = createObjectStore({ kind: 'local', folder: registry.storeFolder });
  const notifier = { changed: () => void told++ } as ConstructorParameters<typeof DeltaMaking>[1];
  making = new DeltaMaking(new DeltasRepository(registry.database), notifier, store);
  await making.onApplicationBootstrap();
});
afterAll(async () => {
  await making.onModuleDestroy();
  await registry.close();
});

/** A file of 200 half-precision numbers in which every tenth has moved by some steps; `length` makes it unlike others. */
const fileOf = (steps: number, length = 200): Buffer => {
  const data = Uint8Array.from({ length: 2 * length }, (_, i) => (i % 2 === 1 ? 0x3c : i % 20 === 0 ? steps : 7));
  return Buffer.from(
    writeSafetensors({ metadata: {}, tensors: new Map([['t', { dtype: 'F16', shape: [length], data }]]) }),
  );
};
const rows = () => registry.database.prisma.modulatorDelta.findMany({ orderBy: { createdAt: 'asc' } });
const settled = () => waitFor('all deltas', async () => (await rows()).every(({ state }) => state !== 'queued'));

describe('deltas', () => {
  it('are made from what devices run to the newest approved versions, where there is one that saves bytes', async () => {
    const old = await finishJob(registry, ingredients, fileOf(0));
    const other = await finishJob(registry, ingredients, fileOf(0, 300));
    const unused = await finishJob(registry, ingredients, fileOf(9));
    const next = await finishJob(registry, ingredients, fileOf(3));
    const { prisma } = registry.database;
    await prisma.modulatorVersion.update({
      where: { id: next.id },
      data: {
        state: 'approved',
        decidedBy: 'somebody',
        decidedAt: new Date(),
        statement: { protected: 'eyJ9', payload: 'e30', signature: 'c2ln' },
      },
    });
    const group = await registry.made<{ id: string }>('/v1/device-groups', { name: 'field' });
    const runs = async (digest: string) => {
      const device = await enrolDevice(registry, group.id, ingredients.base.digest);
      await device.report('pets', digest, 'active');
    };
    await runs(old.digest);
    await runs(other.digest);
    const before = await readFleetVersion(prisma);
    await making.plan();
    await settled();
    const made = await rows();
    expect(made.map(({ fromVersionId, toVersionId, state }) => [fromVersionId, toVersionId, state]).sort()).toEqual(
      [
        [old.id, next.id, 'ready'],
        [other.id, next.id, 'unsuitable'],
      ].sort(),
    );
    expect(made.some(({ fromVersionId }) => fromVersionId === unused.id)).toBe(false);
    expect([await readFleetVersion(prisma), told > 0]).toEqual([before + 1n, true]);
    const ready = made.find(({ state }) => state === 'ready');
    const store = createObjectStore({ kind: 'local', folder: registry.storeFolder });
    const delta = await store.read(blobKey(ready?.digest as Digest), ready?.size ?? 0);
    const ends = { from: old.digest as Digest, to: next.digest as Digest };
    expect(Buffer.from(applyDelta(fileOf(0), delta, ends))).toEqual(fileOf(3));
  });

  it('are listed with the version that they lead to', async () => {
    const [{ toVersionId: id } = { toVersionId: '' }] = await rows();
    const { body: next } = await registry.call<ModulatorVersion>('GET', `/v1/modulator-versions/${id}`);
    const path = `/v1/modulators/${next.modulatorId}/versions/${next.version}/deltas`;
    const { status, body } = await registry.call<{ data: VersionDelta[] }>('GET', path);
    expect([status, body.data.map(({ from, state }) => [from.version, state])]).toEqual([
      200,
      [
        [2, 'unsuitable'],
        [1, 'ready'],
      ],
    ]);
    expect(body.data[1]?.sizeRatio).toBeLessThan(1);
  });

  it('are ordered once, and dropped a day after the last device has left the old version', async () => {
    const { prisma } = registry.database;
    const before = await rows();
    await making.plan();
    expect(await rows()).toHaveLength(before.length);
    await prisma.deviceSlot.deleteMany({});
    await making.plan();
    expect(await rows()).toHaveLength(before.length);
    await prisma.modulatorDelta.updateMany({ data: { createdAt: new Date(Date.now() - 25 * 3_600_000) } });
    const version = await readFleetVersion(prisma);
    await making.plan();
    expect([await rows(), await readFleetVersion(prisma)]).toEqual([[], version + 1n]);
  });
});
