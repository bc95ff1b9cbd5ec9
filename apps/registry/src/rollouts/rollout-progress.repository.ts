import { Database, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { membershipBound } from './membership.js';

export type ProgressCounts = Record<'targeted' | 'downloading' | 'active' | 'failed' | 'silent', number>;

/** Counts what the devices of a rollout's wave report. */
@Injectable()
export class RolloutProgressRepository {
  constructor(private readonly db: Database) {}

  /**
   * Targeted are the active devices of the group that run on the version's base (the first of those they hold, which is
   * the one they get manifests for) and whose hash lies in the share. Each
   * counts once, by the latest it said about the version's digest; one that said nothing is silent.
   */
  async count({ id, share }: { id: string; share: number }, tx: Tx = this.db.prisma): Promise<ProgressCounts> {
    const rows = await tx.$queryRaw<{ phase: string | null; devices: number }[]>`
      SELECT latest.phase::text AS phase, count(*)::int AS devices
      FROM rollouts r
      JOIN modulator_versions v ON v.id = r.modulator_version_id
      JOIN modulators m ON m.id = v.modulator_id
      JOIN base_networks b ON b.id = m.base_network_id
      JOIN devices d ON d.group_id = r.group_id AND d.state = 'active' AND b.digest = d.base_digests[1]
      LEFT JOIN LATERAL (
        SELECT s.phase FROM device_slots s WHERE s.device_id = d.id AND s.digest = v.digest ORDER BY s.at DESC LIMIT 1
      ) latest ON true
      WHERE r.id = ${id}
        AND substring(sha256(convert_to(r.id || ':' || d.id, 'UTF8')) FROM 1 FOR 8) < ${membershipBound(share)}
      GROUP BY latest.phase`;
    return summarise(rows);
  }
}

const summarise = (rows: readonly { phase: string | null; devices: number }[]): ProgressCounts => {
  const of = (...phases: (string | null)[]) =>
    rows.filter(({ phase }) => phases.includes(phase)).reduce((sum, { devices }) => sum + devices, 0);
  return {
    targeted: rows.reduce((sum, { devices }) => sum + devices, 0),
    downloading: of('downloading', 'verified'),
    active: of('active'),
    failed: of('failed', 'reverted'),
    silent: of(null),
  };
};
