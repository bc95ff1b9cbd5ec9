import { applyMigrations } from '@kernelcast/database';
import { startEmbeddedPostgres } from '@kernelcast/platform';
import type { EmbeddedPostgres } from '@kernelcast/platform';
import { tempDir } from '@kernelcast/testing';
import { startDeliveryFixture } from '../testing/delivery.fixture.js';
import type { DeliveryFixture } from '../testing/delivery.fixture.js';
import { BASE } from '../testing/fleet.factory.js';
import { digestOfBytes } from '../testing/registry-rows.factory.js';
import { codeOf, TestDevice } from '../testing/test-device.js';

const folder = tempDir('delivery-outage');
const dataDir = folder.path;
let postgres: EmbeddedPostgres;
let delivery: DeliveryFixture;
let baseId: string;

beforeAll(async () => {
  postgres = await startEmbeddedPostgres({ dataDir });
  await applyMigrations(postgres.url);
  delivery = await startDeliveryFixture(postgres.url);
  baseId = await delivery.rows.base(BASE);
});
afterAll(async () => {
  await delivery.stop();
  await postgres.stop();
  folder.remove();
});

const enrolInto = async (groupId: string) => TestDevice.enrol(delivery.url, await delivery.rows.token(groupId));

describe('without its database', () => {
  it('answers polls and blobs from memory, refuses what it cannot keep, and catches up afterwards', async () => {
    const bytes = Buffer.from('outage');
    const groupId = await delivery.rows.group();
    await delivery.putBlob(bytes);
    const versionId = await delivery.rows.approvedVersion(baseId, bytes, 'outage');
    const device = await enrolInto(groupId);
    const empty = await device.manifest();
    await delivery.rows.startedRollout(groupId, versionId);
    await device.poll(empty.etag, 30);
    const { etag } = await device.manifest();

    await postgres.stop();
    expect((await device.poll(etag)).status).toBe(304);
    expect((await device.poll()).status).toBe(200);
    expect(await (await device.get(`blobs/${digestOfBytes(bytes)}`)).text()).toBe('outage');
    const report = { seq: 1, at: '2026-01-01T00:00:00Z', slot: 's', digest: null, phase: 'active', code: null };
    const reports = [{ ...report, detail: null, durations: {}, selfTest: null }];
    expect(await codeOf(await device.report(reports))).toEqual([503, 'service_unavailable']);

    postgres = await startEmbeddedPostgres({ dataDir, port: postgres.port });
    const again = await Promise.all([1, 2, 3].map(() => device.report(reports)));
    expect(again.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(await delivery.database.prisma.report.count({ where: { deviceId: device.id } })).toBe(1);
    const waiting = device.poll(etag, 60);
    await delivery.rows.revoke(device.id);
    expect(await codeOf(await waiting)).toEqual([401, 'credential_revoked']);
  });
});
