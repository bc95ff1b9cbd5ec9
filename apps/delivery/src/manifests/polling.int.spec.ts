import { POLL_SECONDS, startDeliveryFixture } from '../testing/delivery.fixture.js';
import type { DeliveryFixture } from '../testing/delivery.fixture.js';
import { BASE } from '../testing/fleet.factory.js';
import { codeOf, TestDevice } from '../testing/test-device.js';

let delivery: DeliveryFixture;
let baseId: string;

beforeAll(async () => {
  process.env['KERNELCAST_CHECK_RESPONSES'] = '1';
  delivery = await startDeliveryFixture();
  baseId = await delivery.rows.base(BASE);
});
afterAll(() => delivery.stop());

const enrolInto = async (groupId: string) => TestDevice.enrol(delivery.url, await delivery.rows.token(groupId));

describe('polling', () => {
  it('gives a device without rollouts an empty manifest, then 304 with the time of the next poll', async () => {
    const device = await enrolInto(await delivery.rows.group());
    const { manifest, etag } = await device.manifest();
    expect(manifest).toMatchObject({ version: 0, slots: [], base: { digest: BASE } });
    const again = await device.poll(etag);
    expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, etag, '']);
    const wait = Number(again.headers.get('kernelcast-poll-after'));
    expect(wait).toBeGreaterThanOrEqual(POLL_SECONDS / 2);
    expect(wait).toBeLessThanOrEqual(POLL_SECONDS * 1.5 + 1);
  });

  it('answers an idle poll in front of the framework, and none that is not idle', async () => {
    const idlePolls = async () => {
      const metrics = await (await fetch(`${delivery.url}/metrics`)).text();
      return Number(/^kernelcast_idle_polls_total\{.*\} (\d+)$/m.exec(metrics)?.[1]);
    };
    const device = await enrolInto(await delivery.rows.group());
    const { etag } = await device.manifest();
    const before = await idlePolls();
    expect((await device.poll(etag)).status).toBe(304);
    expect(await idlePolls()).toBe(before + 1);
    const others = [await device.poll(), await device.poll('"other"'), await device.poll(etag, 1)];
    expect(others.map(({ status }) => status)).toEqual([200, 200, 304]);
    expect(await idlePolls()).toBe(before + 1);
  });

  it('wakes a long poll when a rollout starts, and the version rises', async () => {
    const groupId = await delivery.rows.group();
    const device = await enrolInto(groupId);
    const { etag } = await device.manifest();
    const waiting = device.poll(etag, 60);
    const versionId = await delivery.rows.approvedVersion(baseId, Buffer.from('wakes'), 'wakes');
    await delivery.rows.startedRollout(groupId, versionId);
    expect((await waiting).status).toBe(200);
    const { manifest } = await device.manifest();
    expect(manifest.version).toBeGreaterThan(0);
    expect(manifest.slots.map(({ slot, size }) => [slot, size])).toEqual([['wakes', 5]]);
  });

  it('ends a long poll without news with 304 in time', async () => {
    const device = await enrolInto(await delivery.rows.group());
    const { etag } = await device.manifest();
    expect((await device.poll(etag, 1)).status).toBe(304);
  });

  it('refuses to wait longer than the contract allows', async () => {
    const device = await enrolInto(await delivery.rows.group());
    expect(await codeOf(await device.poll('"x"', 61))).toEqual([422, 'validation_failed']);
  });

  it('is answered alike by another replica, also for a device enrolled after it started', async () => {
    const replica = await delivery.startReplica();
    try {
      const device = await enrolInto(await delivery.rows.group());
      const { etag } = await device.manifest();
      const headers = { ...device.authorization, 'if-none-match': etag };
      expect((await fetch(`${replica.url}/device/v1/manifest`, { headers })).status).toBe(304);
    } finally {
      await replica.close();
    }
  });

  it('has written when devices were last seen once it has shut down', async () => {
    const replica = await delivery.startReplica();
    const device = (await enrolInto(await delivery.rows.group())).at(replica.url);
    const second = Math.floor(Date.now() / 1000);
    await device.poll();
    await replica.close();
    const { lastSeenAt } = await delivery.database.prisma.device.findUniqueOrThrow({ where: { id: device.id } });
    expect(Number(lastSeenAt) / 1000).toBeGreaterThanOrEqual(second);
  });
});
