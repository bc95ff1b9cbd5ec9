import { BUNDLE_ORDER, bundleAnswerSchema } from '@kernelcast/contracts';
import type { BundleAnswer, BundleOrder } from '@kernelcast/contracts';
import { bumpFleetVersion, newId } from '@kernelcast/database';
import { freePort } from '@kernelcast/platform';
import type { RunningService } from '@kernelcast/platform';
import { verifyManifest } from '@kernelcast/trust';
import { sealOrder } from '@kernelcast/trust/node';
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import type { ClientProxy } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { startDeliveryFixture } from '../testing/delivery.fixture.js';
import type { DeliveryFixture } from '../testing/delivery.fixture.js';
import { BASE } from '../testing/fleet.factory.js';
import { TestDevice } from '../testing/test-device.js';

const A_MONTH_MS = 30 * 86_400_000;
let delivery: DeliveryFixture;
let service: RunningService;
let registry: ClientProxy;
let baseId: string;

beforeAll(async () => {
  delivery = await startDeliveryFixture();
  baseId = await delivery.rows.base(BASE);
  const port = await freePort();
  service = await delivery.startReplica({ KERNELCAST_EVENTS_PORT: String(port) });
  registry = ClientProxyFactory.create({ transport: Transport.TCP, options: { host: '127.0.0.1', port } });
});
afterAll(async () => {
  registry.close();
  await service.close();
  await delivery.stop();
});

const expiresAt = new Date(Date.now() + A_MONTH_MS).toISOString();
const send = (sealed: object): Promise<unknown> => firstValueFrom(registry.send<unknown>(BUNDLE_ORDER, sealed));
async function order(what: Omit<BundleOrder, 'expiresAt'>): Promise<BundleAnswer> {
  const sealed = sealOrder(BUNDLE_ORDER, { ...what, expiresAt }, delivery.masterKey, new Date());
  return bundleAnswerSchema.parse(await send(sealed));
}
async function groupOf(devices: number): Promise<{ groupId: string; enrolled: TestDevice[] }> {
  const groupId = await delivery.rows.group();
  const token = await delivery.rows.token(groupId);
  const enrolled: TestDevice[] = [];
  for (let i = 0; i < devices; i++) enrolled.push(await TestDevice.enrol(delivery.url, token));
  return { groupId, enrolled };
}

describe('an order for a bundle', () => {
  it('gets what the devices would be given by a poll, for as long as it asks', async () => {
    const { groupId, enrolled } = await groupOf(3);
    const versionId = await delivery.rows.approvedVersion(baseId, Buffer.from('carried'), 'carried');
    await delivery.rows.startedRollout(groupId, versionId);
    const answer = await order({ groupId });
    if (answer.outcome !== 'signed') throw new Error(answer.detail);
    const { trustRoot } = enrolled[0]?.enrolment ?? fail('nobody enrolled');
    const expected = { now: new Date(Date.now() + A_MONTH_MS / 2), heldBaseDigests: [BASE], lastAcceptedVersion: 0 };
    const { manifest } = await verifyManifest(answer.manifest, trustRoot, { ...expected, group: groupId });
    expect(manifest).toMatchObject({ expiresAt, cohort: answer.cohort, version: answer.version });
    expect(manifest.slots.map(({ task, digest, deltas }) => [task, digest, deltas])).toEqual([
      ['carried', answer.modulators[0]?.digest, []],
    ]);
  });

  it('is refused while nothing is rolled out, nobody is there, or the device is of another group', async () => {
    const { groupId, enrolled } = await groupOf(1);
    const [device] = enrolled;
    expect(await order({ groupId })).toMatchObject({ outcome: 'refused', code: 'conflict' });
    expect(await order({ groupId: (await groupOf(0)).groupId })).toMatchObject({ code: 'conflict' });
    const elsewhere = { groupId: (await groupOf(0)).groupId, deviceId: device?.enrolment.deviceId };
    expect(await order(elsewhere)).toMatchObject({ code: 'device_not_found' });
    expect(await order({ groupId, deviceId: newId('device') })).toMatchObject({ code: 'device_not_found' });
  });

  it('must name a device while devices of the group are to run different things', async () => {
    const { groupId, enrolled } = await groupOf(8);
    const first = await delivery.rows.approvedVersion(baseId, Buffer.from('all'), 'for-all');
    const second = await delivery.rows.approvedVersion(baseId, Buffer.from('some'), 'for-some');
    await delivery.rows.startedRollout(groupId, first);
    const rollout = await delivery.rows.startedRollout(groupId, second);
    await delivery.database.prisma.rollout.update({ where: { id: rollout }, data: { waves: [{ share: 0.5 }] } });
    await delivery.database.transaction((tx) => bumpFleetVersion(tx));
    expect(await order({ groupId })).toMatchObject({ code: 'conflict', detail: expect.stringContaining('name one') });
    const counts = await Promise.all(
      enrolled.map(async ({ enrolment: { deviceId } }) => {
        const answer = await order({ groupId, deviceId });
        return answer.outcome === 'signed' ? answer.modulators.length : 0;
      }),
    );
    expect(new Set(counts)).toEqual(new Set([1, 2]));
  });

  it('counts for nothing without proof of the master key', async () => {
    const { groupId } = await groupOf(0);
    const what = { groupId, expiresAt };
    const foreign = sealOrder(BUNDLE_ORDER, what, new Uint8Array(32).fill(1), new Date());
    const stale = sealOrder(BUNDLE_ORDER, what, delivery.masterKey, new Date(Date.now() - 120_000));
    for (const sealed of [what, foreign, stale]) await expect(send(sealed)).rejects.toBeDefined();
  });
});

function fail(why: string): never {
  throw new Error(why);
}
