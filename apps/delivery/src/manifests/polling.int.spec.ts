import { POLL_SECONDS, startDeliveryFixture } from '../testing/delivery.fixture.js';
import type { DeliveryFixture } from '../testing/delivery.fixture.js';
import { BASE } from '../testing/fleet.factory.js';
import { RawConnection, until } from '../testing/raw-connection.js';
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

  describe('from the bytes of a connection', () => {
    const openTo = (device: TestDevice, etag: string, url = delivery.url) => {
      const auth = device.authorization['authorization'];
      const request = (path: string, ...lines: string[]) =>
        [`GET /device/v1/${path} HTTP/1.1`, 'host: d', `authorization: ${auth}`, ...lines, '', ''].join('\r\n');
      const poll = (query = '') => request(`manifest${query}`, `if-none-match: ${etag}`);
      return { socket: new RawConnection(url), request, poll };
    };
    const counted = async (metric: string, url = delivery.url) => {
      const metrics = await (await fetch(`${url}/metrics`)).text();
      return Number(new RegExp(`^${metric} (\\d+)$`, 'm').exec(metrics)?.[1]);
    };
    const FRONT_304 = 'kernelcast_polls_total\\{status="304",service="delivery"\\}';

    it('answers polls, also several sent at once, and counts them', async () => {
      const device = await enrolInto(await delivery.rows.group());
      const { etag } = await device.manifest();
      const { socket, poll, request } = openTo(device, etag);
      const before = await counted(FRONT_304);
      socket.send(poll() + poll() + request('manifest'));
      const answers = await socket.statuses(3);
      expect(answers).toEqual([304, 304, 200]);
      expect(socket.text).toMatch(/kernelcast-poll-after: \d+\r\ndate: .*GMT\r\n\r\nHTTP/);
      expect(socket.text).toContain(`etag: ${etag}\r\n`);
      expect(JSON.parse(socket.text.slice(socket.text.lastIndexOf('\r\n\r\n')))).toMatchObject({
        signature: expect.any(String),
      });
      expect(await counted(FRONT_304)).toBe(before + 2);
      socket.close();
    });

    it('passes a connection on, in order and without loss, once something else is asked or a request is torn', async () => {
      const device = await enrolInto(await delivery.rows.group());
      const { etag } = await device.manifest();
      const { socket, poll, request } = openTo(device, etag);
      socket.send(poll() + request('blobs/none') + poll() + poll('?wait=99'));
      expect(await socket.statuses(4)).toEqual([304, 422, 304, 422]);
      socket.close();
      const torn = openTo(device, etag);
      torn.socket.send(torn.poll().slice(0, 60));
      await torn.socket.hasSent();
      torn.socket.send(torn.poll().slice(60));
      expect(await torn.socket.statuses(1)).toEqual([304]);
      torn.socket.close();
    });

    it('answers what it holds, and ends its connections, when the service ends', async () => {
      const device = await enrolInto(await delivery.rows.group());
      const { etag } = await device.manifest();
      const replica = await delivery.startReplica();
      const [held, idle] = [1, 2].map(() => openTo(device, etag, replica.url));
      held?.socket.send(held.poll('?wait=60'));
      idle?.socket.send(idle.poll());
      await idle?.socket.statuses(1);
      await until(async () => (await counted('kernelcast_held_polls\\{service="delivery"\\}', replica.url)) === 1);
      await replica.close();
      expect(await held?.socket.statuses(1)).toEqual([304]);
      await until(() => held?.socket.isClosed === true && idle?.socket.isClosed === true);
    });

    it('refuses what is not a credential as everywhere', async () => {
      const device = await enrolInto(await delivery.rows.group());
      const { socket, poll } = openTo(device, '"x"');
      socket.send(poll().replace('Bearer kcd1', 'Bearer kcd2'));
      expect(await socket.statuses(1)).toEqual([401]);
      socket.close();
    });

    it('holds a long poll until its manifest changes, and answers what was sent meanwhile after it', async () => {
      const groupId = await delivery.rows.group();
      const device = await enrolInto(groupId);
      const { etag } = await device.manifest();
      const { socket, poll } = openTo(device, etag);
      socket.send(poll('?wait=60'));
      await until(async () => (await counted('kernelcast_held_polls\\{service="delivery"\\}')) === 1);
      socket.send(poll());
      const versionId = await delivery.rows.approvedVersion(baseId, Buffer.from('held'), 'held');
      await delivery.rows.startedRollout(groupId, versionId);
      expect(await socket.statuses(2)).toEqual([200, 200]);
      socket.send(poll('?wait=1').replace(etag, /etag: (\S+)/.exec(socket.text)?.[1] ?? ''));
      expect(await socket.statuses(3)).toEqual([200, 200, 304]);
      socket.close();
    });
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

  it('follows the attributes of devices into groups and out of them, and the version only rises', async () => {
    const early = await enrolInto(await delivery.rows.group());
    const groupId = await delivery.rows.selectorGroup('site', 'test');
    const late = await enrolInto(await delivery.rows.group());
    const versionId = await delivery.rows.approvedVersion(baseId, Buffer.from('selected'), 'selected');
    const [before, etags] = [await late.manifest(), [(await early.manifest()).etag, (await late.manifest()).etag]];
    expect(before.manifest.slots).toEqual([]);
    await delivery.rows.startedRollout(groupId, versionId);
    for (const [i, device] of [early, late].entries()) expect((await device.poll(etags[i], 60)).status).toBe(200);
    const joined = await late.manifest();
    expect(joined.manifest.slots.map(({ slot }) => slot)).toEqual(['selected']);

    const data = { attributes: { site: 'elsewhere' } };
    await delivery.database.prisma.device.update({ where: { id: late.id }, data });
    expect((await late.poll(joined.etag, 60)).status).toBe(200);
    const left = await late.manifest();
    expect(left.manifest.slots).toEqual([]);
    expect(left.manifest.version).toBeGreaterThan(joined.manifest.version);
    expect((await early.manifest()).manifest.slots).toHaveLength(1);
    const replica = await delivery.startReplica();
    const there = await late.at(replica.url).manifest();
    await replica.close();
    expect(there.manifest).toMatchObject({ version: left.manifest.version, cohort: left.manifest.cohort });
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
