import { ReportQueue } from './report-queue.js';
import type { DeviceReports } from './reports.repository.js';

const aReport = (seq: number) => ({
  seq,
  at: '2026-01-01T00:00:00Z',
  slot: 'digits',
  digest: null,
  phase: 'active' as const,
  code: null,
  detail: null,
  durations: {},
  selfTest: null,
});
const away = new Error('away');
const isTransient = (error: unknown): boolean => error === away;
const lastOf = (batch: readonly DeviceReports[]) =>
  new Map(batch.map(({ deviceId, reports }) => [deviceId, reports.at(-1)?.seq ?? 0]));

describe('the queue of reports', () => {
  it('writes those that come during a write together, each device once a batch', async () => {
    const batches: string[][] = [];
    const write = async (batch: readonly DeviceReports[]) => {
      batches.push(batch.map(({ deviceId, reports }) => `${deviceId}${reports.map(({ seq }) => seq).join('')}`));
      await new Promise((resolve) => setImmediate(resolve));
      return lastOf(batch);
    };
    const queue = new ReportQueue({ write, isTransient });
    const sent = [queue.add('a', [aReport(1)]), queue.add('b', [aReport(1)]), queue.add('c', [aReport(1), aReport(2)])];
    sent.push(queue.add('b', [aReport(2)]));
    expect(await Promise.all(sent)).toEqual([1, 1, 2, 2]);
    expect(batches).toEqual([['a1'], ['b1', 'c12'], ['b2']]);
    expect(queue.size).toBe(0);
  });

  it('holds a request while the database is away for a moment, and does not answer before it is written', async () => {
    let failures = 2;
    const write = async (batch: readonly DeviceReports[]) =>
      failures-- > 0 ? Promise.reject(away) : Promise.resolve(lastOf(batch));
    const queue = new ReportQueue({ write, isTransient });
    expect(await queue.add('a', [aReport(7)])).toBe(7);
    expect(queue.counts).toEqual({ batches: 1, failedBatches: 2, written: 1, shed: 0 });
  });

  it('sends devices away when it takes too long or too many wait, and tells them when to come again', async () => {
    const queue = new ReportQueue({ write: () => Promise.reject(away), isTransient, holdMs: 50, capacity: 2 });
    const first = queue.add('a', [aReport(1), aReport(2)]);
    const refused = { code: 'service_unavailable', retryAfterSeconds: expect.any(Number) as number };
    await expect(queue.add('b', [aReport(1)])).rejects.toMatchObject(refused);
    await expect(first).rejects.toMatchObject(refused);
    expect([queue.size, queue.counts.shed]).toEqual([0, 3]);
  });

  it('refuses what the database refuses, without taking others along', async () => {
    const bad = new Error('not a text');
    const write = async (batch: readonly DeviceReports[]) =>
      batch.some(({ deviceId }) => deviceId === 'bad') ? Promise.reject(bad) : Promise.resolve(lastOf(batch));
    const queue = new ReportQueue({ write, isTransient });
    const sent = ['x', 'a', 'b', 'bad', 'c'].map((id) => queue.add(id, [aReport(1)]).catch((error: unknown) => error));
    expect(await Promise.all(sent)).toEqual([1, 1, 1, bad, 1]);
  });
});
