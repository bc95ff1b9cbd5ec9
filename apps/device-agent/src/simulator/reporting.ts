import { MAX_REPORTS_PER_REQUEST } from '@kernelcast/contracts';
import type { Report } from '@kernelcast/contracts';
import type { DeviceApi } from './device-api.js';
import type { FleetTable } from './fleet-table.js';
import type { Meters } from './meters.js';

export type NewReport = Pick<Report, 'slot' | 'digest' | 'phase'> &
  Partial<Pick<Report, 'code' | 'detail' | 'selfTest' | 'durations'>>;

/** Reports of the devices: numbered when they are made, kept until the server has them. */
export class Reporting {
  constructor(
    private readonly table: FleetTable,
    private readonly api: DeviceApi,
    private readonly meters: Meters,
  ) {}

  /** @param at by the device's own clock */
  add(device: number, report: NewReport, at: Date): void {
    const { lastSeq, pending } = this.table;
    const seq = (lastSeq[device] ?? 0) + 1;
    lastSeq[device] = seq;
    const full: Report = { code: null, detail: null, durations: {}, selfTest: null, ...report, seq, at: at.toISOString() }; // prettier-ignore
    const waiting = pending.get(device);
    if (waiting === undefined) pending.set(device, [full]);
    else waiting.push(full);
  }

  /** Delivers what waits; what the server did not acknowledge waits on. @throws LineError */
  async flush(device: number): Promise<void> {
    const { pending } = this.table;
    for (;;) {
      const waiting = pending.get(device);
      if (waiting === undefined) return;
      const batch = waiting.slice(0, MAX_REPORTS_PER_REQUEST);
      const through = await this.api.report(this.table.credential(device), batch);
      const left = waiting.filter(({ seq }) => seq > through);
      const delivered = waiting.length - left.length;
      this.meters.reportsDelivered += delivered;
      if (left.length === 0) pending.delete(device);
      else pending.set(device, left);
      // Accepted into a queue, not yet acknowledged: the next turn asks again.
      if (delivered === 0) return;
    }
  }
}
