import type { Report } from '@kernelcast/contracts';
import { MemoryStateStore } from '../state/memory-state-store.js';
import { SEQUENCE_SKIP, StateKeeper } from '../state/state-keeper.js';
import { addReport, flushReports, MAX_PENDING_REPORTS } from './report-outbox.js';

const NOW = new Date('2026-01-01T00:00:00Z');
let store: MemoryStateStore;
let keeper: StateKeeper;

beforeEach(async () => {
  store = new MemoryStateStore();
  keeper = await StateKeeper.load(store, false);
});

const add = (phase: Report['phase'] = 'active', slot = 'main') =>
  keeper.update((draft) => addReport(draft, { slot, digest: null, phase }, NOW));
const pending = () => keeper.state.reports.pending.map(({ seq }) => seq);

describe('reports', () => {
  it('have a number that rises by one, also after a restart', async () => {
    await add();
    await add();
    keeper = await StateKeeper.load(store, false);
    await add();
    expect(pending()).toEqual([1, 2, 3]);
  });

  it('leave when they are acknowledged, and not before', async () => {
    for (let i = 0; i < 3; i++) await add();
    await expect(flushReports(keeper, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(pending()).toEqual([1, 2, 3]);
    const sent: number[][] = [];
    await flushReports(keeper, (reports) => {
      sent.push(reports.map(({ seq }) => seq));
      return Promise.resolve(sent.length === 1 ? 2 : 3);
    });
    expect(sent).toEqual([[1, 2, 3], [3]]);
    expect(pending()).toEqual([]);
    expect((await StateKeeper.load(store, false)).state.reports).toEqual({ lastSeq: 3, pending: [] });
  });

  it('keep a duration within what a report may say', async () => {
    const durations = { download: 1e12, verify: -1, fold: 3 };
    await keeper.update((draft) => addReport(draft, { slot: 'main', digest: null, phase: 'active', durations }, NOW));
    expect(keeper.state.reports.pending[0]?.durations).toEqual({ download: 1e9, verify: 0, fold: 3 });
  });

  it('wait when the server takes none', async () => {
    await add();
    await flushReports(keeper, () => Promise.resolve(0));
    expect(pending()).toEqual([1]);
  });

  it('go in parts that the contract allows', async () => {
    for (let i = 0; i < 450; i++) await keeper.update((draft) => addReport(draft, { slot: 's', digest: null, phase: 'active' }, NOW)); // prettier-ignore
    const sizes: number[] = [];
    await flushReports(keeper, (reports) => {
      sizes.push(reports.length);
      return Promise.resolve(reports.at(-1)?.seq ?? 0);
    });
    expect(sizes).toEqual([200, 200, 50]);
  });

  it('are bounded; what was on the way goes before what was decided', async () => {
    await add('active');
    await add('downloading');
    await keeper.update((draft) => {
      for (let i = 0; i < MAX_PENDING_REPORTS; i++) addReport(draft, { slot: 's', digest: null, phase: 'failed' }, NOW);
    });
    expect(pending()).toHaveLength(MAX_PENDING_REPORTS);
    expect(keeper.state.reports.pending[0]?.phase).toBe('failed');
    expect(keeper.state.reports.lastSeq).toBe(MAX_PENDING_REPORTS + 2);
  });

  it('are numbered after what the server knows when the device lost its state', async () => {
    await add('failed');
    await add('active');
    const sent: number[][] = [];
    let known = 70;
    await flushReports(keeper, (reports) => {
      sent.push(reports.map(({ seq }) => seq));
      known = Math.max(known, ...sent.flat());
      return Promise.resolve(known);
    });
    expect(sent).toEqual([
      [1, 2],
      [71, 72],
    ]);
    expect(keeper.state.reports).toEqual({ lastSeq: 72, pending: [] });
  });

  it.each([2 ** 50, Number.MAX_SAFE_INTEGER])('do not follow a server to %d', async (wild) => {
    await add();
    await expect(flushReports(keeper, () => Promise.resolve(wild))).rejects.toMatchObject({ code: 'response_invalid' });
    expect(pending()).toEqual([1]);
  });

  it('do not run after a server that always knows more', async () => {
    await add();
    let asked = 0;
    const more = () => Promise.resolve((asked += 100));
    await expect(flushReports(keeper, more)).rejects.toMatchObject({ code: 'response_invalid' });
    expect(asked).toBe(200);
  });

  it('are cut to the lengths of the contract', async () => {
    const report = { slot: 's', digest: null, phase: 'failed' as const, code: 'c'.repeat(99), detail: 'd'.repeat(999) };
    await keeper.update((draft) => addReport(draft, report, NOW));
    const [kept] = keeper.state.reports.pending;
    expect([kept?.code?.length, kept?.detail?.length]).toEqual([64, 500]);
  });
});

describe('a state that was damaged', () => {
  it('skips numbers that may have been used', async () => {
    await add();
    const damaged = Object.assign(Object.create(store) as MemoryStateStore, {
      readDocument: async () => ({ copies: (await store.readDocument('state')).copies, damaged: true }),
    });
    keeper = await StateKeeper.load(damaged, false);
    expect(keeper.state.reports.lastSeq).toBe(1 + SEQUENCE_SKIP);
  });

  it('gives way to the copy before, else to a fresh start', async () => {
    await add();
    await store.writeDocument('state', { format: 'other' });
    expect((await StateKeeper.load(store, false)).state.reports.lastSeq).toBe(1 + SEQUENCE_SKIP);
    await store.writeDocument('state', { format: 'other' });
    expect((await StateKeeper.load(store, false)).state).toMatchObject({
      acceptedVersion: 0,
      manifest: null,
      slots: {},
      reports: { lastSeq: SEQUENCE_SKIP },
    });
  });
});
