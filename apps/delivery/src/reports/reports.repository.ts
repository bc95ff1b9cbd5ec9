import { Injectable } from '@nestjs/common';
import type { Report } from '@kernelcast/contracts';
import { Database, Prisma } from '@kernelcast/database';
import type { Tx } from '@kernelcast/database';

@Injectable()
export class ReportsRepository {
  constructor(private readonly database: Database) {}

  /**
   * Takes what is new of a device's reports, in one transaction: the reports, the state of their slots and the
   * highest sequence number. What was taken before changes nothing.
   *
   * @param reports sorted by `seq`
   * @returns the highest sequence number taken from the device, `undefined` when there is no such device
   */
  accept(deviceId: string, reports: readonly Report[]): Promise<number | undefined> {
    return this.database.transaction(async (tx) => {
      const taken = await lockDevice(tx, deviceId);
      if (taken === undefined) return undefined;
      const fresh = reports.filter(({ seq }) => seq > taken);
      const last = fresh.at(-1);
      if (last === undefined) return taken;
      await tx.report.createMany({ data: fresh.map((report) => toRow(deviceId, report)), skipDuplicates: true });
      await writeSlots(tx, deviceId, fresh);
      await tx.device.update({ where: { id: deviceId }, data: { reportedSeq: last.seq } });
      return last.seq;
    });
  }
}

/** Two requests of one device are taken one after the other. */
async function lockDevice(tx: Tx, deviceId: string): Promise<number | undefined> {
  const rows = await tx.$queryRaw<{ reported_seq: bigint }[]>`
    SELECT reported_seq FROM devices WHERE id = ${deviceId} FOR UPDATE`;
  const [row] = rows;
  return row === undefined ? undefined : Number(row.reported_seq);
}

/** The last that was said of each slot, by one statement however many there are. */
async function writeSlots(tx: Tx, deviceId: string, fresh: readonly Report[]): Promise<void> {
  const latest = [...new Map(fresh.map((report) => [report.slot, report])).values()];
  await tx.$executeRaw`
    INSERT INTO device_slots (device_id, slot, digest, phase, code, at)
    SELECT ${deviceId}, said.slot, said.digest, said.phase::"ReportPhase", said.code, said.at
    FROM unnest(
      ${latest.map(({ slot }) => slot)}::text[],
      ${latest.map(({ digest }) => digest)}::text[],
      ${latest.map(({ phase }) => phase)}::text[],
      ${latest.map(({ code }) => code)}::text[],
      ${latest.map(({ at }) => new Date(at))}::timestamptz[]
    ) AS said(slot, digest, phase, code, at)
    ON CONFLICT (device_id, slot)
    DO UPDATE SET digest = excluded.digest, phase = excluded.phase, code = excluded.code, at = excluded.at`;
}

function toRow(deviceId: string, { at, selfTest, ...report }: Report): Prisma.ReportCreateManyInput {
  return { deviceId, ...report, at: new Date(at), selfTest: selfTest ?? Prisma.DbNull };
}
