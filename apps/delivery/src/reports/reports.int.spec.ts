import { startDeliveryFixture } from '../testing/delivery.fixture.js';
import type { DeliveryFixture } from '../testing/delivery.fixture.js';
import { BASE, digestOfDigit } from '../testing/fleet.factory.js';
import { ReportRetention } from './report-retention.js';
import { ReportsRepository } from './reports.repository.js';
import { codeOf, post, TestDevice } from '../testing/test-device.js';

let delivery: DeliveryFixture;

beforeAll(async () => {
  process.env['KERNELCAST_CHECK_RESPONSES'] = '1';
  delivery = await startDeliveryFixture();
  await delivery.rows.base(BASE);
});
afterAll(() => delivery.stop());

const enrolInto = async (groupId: string) => TestDevice.enrol(delivery.url, await delivery.rows.token(groupId));

describe('reports', () => {
  const aReport = (seq: number, phase: string, fields: object = {}) => ({
    seq,
    at: '2026-01-01T00:00:00Z',
    slot: 'digits',
    digest: digestOfDigit('1'),
    phase,
    code: null,
    detail: null,
    durations: { download: 12.5 },
    selfTest: null,
    ...fields,
  });
  const slotOf = (deviceId: string) =>
    delivery.database.prisma.deviceSlot.findUnique({ where: { deviceId_slot: { deviceId, slot: 'digits' } } });

  it('are taken once, whatever is sent again', async () => {
    const device = await enrolInto(await delivery.rows.group());
    const first = [aReport(1, 'downloading'), aReport(2, 'active', { selfTest: { passed: true, maxError: 0.001 } })];
    const answers = await Promise.all([device.report(first), device.report([...first].reverse())]);
    for (const answer of answers) expect(await answer.json()).toEqual({ acceptedThrough: 2 });
    expect(await slotOf(device.id)).toMatchObject({ phase: 'active', digest: digestOfDigit('1') });
    expect(await delivery.database.prisma.report.count({ where: { deviceId: device.id } })).toBe(2);
  });

  it('replayed with another content change nothing', async () => {
    const device = await enrolInto(await delivery.rows.group());
    await device.report([aReport(1, 'downloading'), aReport(2, 'active')]);
    const replay = await device.report([aReport(1, 'failed', { code: 'golden_mismatch' })]);
    expect(await replay.json()).toEqual({ acceptedThrough: 2 });
    expect(await slotOf(device.id)).toMatchObject({ phase: 'active', code: null });
    const stored = await delivery.database.prisma.report.findMany({ where: { deviceId: device.id } });
    expect(stored.map(({ phase }) => phase).sort()).toEqual(['active', 'downloading']);
  });

  it('leave each slot with the last that was said of it', async () => {
    const device = await enrolInto(await delivery.rows.group());
    const other = { slot: 'clothing', digest: null };
    await device.report([
      aReport(1, 'active'),
      aReport(2, 'downloading', other),
      aReport(3, 'reverted', { code: 'x' }),
    ]);
    await device.report([aReport(4, 'failed', { ...other, code: 'disk_full', at: '2026-01-02T00:00:00Z' })]);
    const slots = await delivery.database.prisma.deviceSlot.findMany({
      where: { deviceId: device.id },
      orderBy: { slot: 'asc' },
    });
    expect(slots).toMatchObject([
      { slot: 'clothing', phase: 'failed', digest: null, code: 'disk_full', at: new Date('2026-01-02T00:00:00Z') },
      {
        slot: 'digits',
        phase: 'reverted',
        digest: digestOfDigit('1'),
        code: 'x',
        at: new Date('2026-01-01T00:00:00Z'),
      },
    ]);
  });

  it('with a text that the database cannot keep are refused, and none of them is taken', async () => {
    const device = await enrolInto(await delivery.rows.group());
    const answer = await device.report([aReport(1, 'active'), aReport(2, 'failed', { detail: 'a\0b' })]);
    expect(await codeOf(answer)).toEqual([422, 'validation_failed']);
    expect(await slotOf(device.id)).toBeNull();
  });

  it('that claim to be of the future are taken for what came now, and made-up slots do not add up', async () => {
    const device = await enrolInto(await delivery.rows.group());
    const report = (seq: number, slot: string) => aReport(seq, 'failed', { slot, at: '9999-12-31T23:59:59Z' });
    for (const first of [1, 201, 401]) {
      const page = Array.from({ length: 200 }, (_, i) => report(first + i, `made-up-${first + i}`));
      expect(await (await device.report(page)).json()).toEqual({ acceptedThrough: first + 199 });
    }
    const slots = await delivery.database.prisma.deviceSlot.findMany({ where: { deviceId: device.id } });
    expect(slots.length).toBe(400);
    expect(Math.max(...slots.map(({ at }) => at.getTime()))).toBeLessThanOrEqual(Date.now());
    const durations = Object.fromEntries(Array.from({ length: 17 }, (_, i) => [`stage${i}`, i]));
    const answer = await device.report([aReport(700, 'active', { durations })]);
    expect(await codeOf(answer)).toEqual([422, 'validation_failed']);
  });

  it('of many devices at once are each taken once', async () => {
    const groupId = await delivery.rows.group();
    const devices = await Promise.all(Array.from({ length: 20 }, () => enrolInto(groupId)));
    const page = [aReport(1, 'downloading'), aReport(2, 'active')];
    const answers = await Promise.all([...devices, ...devices].map((device) => device.report(page)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    const deviceId = { in: devices.map(({ id }) => id) };
    expect(await delivery.database.prisma.report.count({ where: { deviceId } })).toBe(40);
  });

  it('are deleted when they are old, and their slot stays', async () => {
    const device = await enrolInto(await delivery.rows.group());
    await device.report([aReport(1, 'active')]);
    const reports = new ReportsRepository(delivery.database);
    const retention = new ReportRetention(reports, 90);
    const count = () => delivery.database.prisma.report.count({ where: { deviceId: device.id } });
    expect([await retention.sweep(new Date()), await count()]).toEqual([0, 1]);
    expect(await retention.sweep(new Date(Date.now() + 91 * 86_400_000))).toBeGreaterThan(0);
    expect(await count()).toBe(0);
    expect(await slotOf(device.id)).toMatchObject({ phase: 'active' });
  });

  it('need a credential and the shape of the contract', async () => {
    const device = await enrolInto(await delivery.rows.group());
    const anonymous = await post(`${delivery.url}/device/v1/reports`, { reports: [aReport(1, 'active')] });
    expect(await codeOf(anonymous)).toEqual([401, 'credential_invalid']);
    expect(await codeOf(await device.report([aReport(0, 'active')]))).toEqual([422, 'validation_failed']);
    expect(await slotOf(device.id)).toBeNull();
  });
});
