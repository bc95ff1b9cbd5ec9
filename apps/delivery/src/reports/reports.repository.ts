import { Injectable } from '@nestjs/common';
import type { Report } from '@kernelcast/contracts';
import { MAX_SLOTS } from '@kernelcast/contracts';
import { Database } from '@kernelcast/database';
import type { Tx } from '@kernelcast/database';

/** Reports of one device, sorted by `seq`. */
export interface DeviceReports {
  readonly deviceId: string;
  readonly reports: readonly Report[];
}

interface Row extends Report {
  readonly deviceId: string;
}

@Injectable()
export class ReportsRepository {
  constructor(private readonly database: Database) {}

  /**
   * Takes what is new of the reports of many devices, in one transaction: the reports, the state of their slots and the
   * highest sequence numbers. What was taken before changes nothing.
   *
   * @param batch each device once
   * @returns the highest sequence number taken of each device that there is
   */
  accept(batch: readonly DeviceReports[]): Promise<ReadonlyMap<string, number>> {
    return this.database.transaction(async (tx) => {
      const ids = batch.map(({ deviceId }) => deviceId);
      const taken = await lockDevices(tx, ids);
      const fresh: Row[] = [];
      for (const { deviceId, reports } of batch) {
        const through = taken.get(deviceId) ?? Infinity;
        const news = reports.filter(({ seq }) => seq > through);
        for (const report of news) fresh.push({ deviceId, ...report });
        const last = news.at(-1);
        if (last !== undefined) taken.set(deviceId, last.seq);
      }
      if (fresh.length > 0) await write(tx, fresh);
      return taken;
    });
  }

  /** Deletes up to `limit` reports taken before `before`. @returns how many */
  deleteOld(before: Date, limit: number): Promise<number> {
    return this.database.prisma.$executeRaw`
      DELETE FROM reports WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM reports WHERE created_at < ${before} LIMIT ${limit} FOR UPDATE SKIP LOCKED))`;
  }
}

/**
 * Batches of several replicas lock the devices that they share in one order, and nobody's reference to a device waits
 * for that.
 */
async function lockDevices(tx: Tx, ids: readonly string[]): Promise<Map<string, number>> {
  const rows = await tx.$queryRaw<{ id: string; reported_seq: bigint }[]>`
    SELECT id, reported_seq FROM devices WHERE id = ANY(${ids}) ORDER BY id FOR NO KEY UPDATE`;
  return new Map(rows.map(({ id, reported_seq }) => [id, Number(reported_seq)]));
}

/**
 * One statement for everything that a batch changes. A slot shows the last that was said of it; a device has only so many
 * slots, whatever names it makes up.
 */
async function write(tx: Tx, fresh: readonly Row[]): Promise<void> {
  await tx.$executeRaw`
    WITH said AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(fresh)}::jsonb) AS row(
        "deviceId" text, seq bigint, at timestamptz, slot text, digest text, phase "ReportPhase", code text,
        detail text, durations jsonb, "selfTest" jsonb)
    ), kept AS (
      INSERT INTO reports (device_id, seq, at, slot, digest, phase, code, detail, durations, self_test)
      SELECT "deviceId", seq, at, slot, digest, phase, code, detail, durations, nullif("selfTest", 'null'::jsonb)
      FROM said
      ON CONFLICT (device_id, seq) DO NOTHING
    ), slots AS (
      INSERT INTO device_slots (device_id, slot, digest, phase, code, at)
      SELECT DISTINCT ON ("deviceId", slot) "deviceId", slot, digest, phase, code, at
      FROM said
      WHERE EXISTS (SELECT 1 FROM device_slots d WHERE d.device_id = "deviceId" AND d.slot = said.slot)
        OR (SELECT count(*) FROM device_slots d WHERE d.device_id = "deviceId") < ${MAX_SLOTS}
      ORDER BY "deviceId", slot, seq DESC
      ON CONFLICT (device_id, slot)
      DO UPDATE SET digest = excluded.digest, phase = excluded.phase, code = excluded.code, at = excluded.at
    )
    UPDATE devices SET reported_seq = latest.seq
    FROM (SELECT "deviceId", max(seq) AS seq FROM said GROUP BY "deviceId") AS latest
    WHERE devices.id = latest."deviceId"`;
}
