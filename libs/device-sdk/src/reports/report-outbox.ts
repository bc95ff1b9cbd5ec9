import { MAX_DURATION_MS, MAX_REPORTS_PER_REQUEST } from '@kernelcast/contracts';
import type { Report } from '@kernelcast/contracts';
import { DeviceError } from '../device.errors.js';
import type { DeviceState } from '../state/device-state.schema.js';
import type { StateKeeper } from '../state/state-keeper.js';

/** Reports kept for a server that is away; beyond, the oldest steps on the way go first, then the oldest of all. */
export const MAX_PENDING_REPORTS = 500;
/** Characters of a detail that the contract allows. */
const MAX_DETAIL_LENGTH = 500;
const MAX_CODE_LENGTH = 64;
/** No device makes as many reports; beyond, a server's number is not believed. */
const MAX_SEQUENCE = 2 ** 48;

export type NewReport = Pick<Report, 'slot' | 'digest' | 'phase'> &
  Partial<Pick<Report, 'code' | 'detail' | 'durations' | 'selfTest'>>;

/**
 * Adds a report to a state that is about to be written, so that what happened and its report are stored together.
 * Each has the next sequence number, for ever.
 */
export function addReport(draft: DeviceState, report: NewReport, now: Date): void {
  const { reports } = draft;
  reports.lastSeq += 1;
  reports.pending.push({
    seq: reports.lastSeq,
    at: now.toISOString(),
    slot: report.slot,
    digest: report.digest,
    phase: report.phase,
    code: report.code?.slice(0, MAX_CODE_LENGTH) ?? null,
    detail: report.detail?.slice(0, MAX_DETAIL_LENGTH) ?? null,
    durations: withinBounds(report.durations ?? {}),
    selfTest: report.selfTest ?? null,
  });
  if (reports.pending.length <= MAX_PENDING_REPORTS) return;
  const dropped = reports.pending.findIndex(({ phase }) => phase === 'downloading' || phase === 'verified');
  reports.pending.splice(Math.max(dropped, 0), 1);
}

/** A device that slept through a download still has a report that is taken. */
const withinBounds = (durations: Report['durations']): Report['durations'] =>
  Object.fromEntries(
    Object.entries(durations).map(([stage, ms]) => [stage, Math.min(Math.max(ms, 0), MAX_DURATION_MS)]),
  );

/**
 * Delivers what is pending: at least once, as a report leaves the store only when the server has acknowledged it.
 *
 * @throws what `send` throws; DeviceError `disk_full` or `store_failed`
 */
export async function flushReports(
  keeper: StateKeeper,
  send: (reports: readonly Report[]) => Promise<number>,
): Promise<void> {
  // A sequence number must be stored before it is sent, or it might be given to another report after a restart.
  if (keeper.state.reports.pending.length > 0) await keeper.update(() => undefined);
  let renumbered = false;
  while (keeper.state.reports.pending.length > 0) {
    const { lastSeq, pending } = keeper.state.reports;
    const acceptedThrough = await send(pending.slice(0, MAX_REPORTS_PER_REQUEST));
    if (acceptedThrough > lastSeq) {
      if (renumbered || acceptedThrough > MAX_SEQUENCE) {
        throw new DeviceError('response_invalid', `the server acknowledges report ${acceptedThrough}, never sent`);
      }
      renumbered = true;
      await keeper.update((draft) => renumber(draft, acceptedThrough));
    } else if (acceptedThrough < (pending[0]?.seq ?? 0)) {
      return;
    } else {
      await keeper.update((draft) => acknowledge(draft, acceptedThrough));
    }
  }
}

/** The server knows later reports than this device remembers: its state was lost, and these look like repeated ones. */
function renumber({ reports }: DeviceState, from: number): void {
  reports.pending = reports.pending.map((report, index) => ({ ...report, seq: from + 1 + index }));
  reports.lastSeq = from + reports.pending.length;
}

function acknowledge({ reports }: DeviceState, through: number): void {
  reports.pending = reports.pending.filter(({ seq }) => seq > through);
}
