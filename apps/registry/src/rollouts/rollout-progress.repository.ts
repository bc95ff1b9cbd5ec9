import { Database } from '@kernelcast/database';
import { membershipBound } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';

export type ProgressCounts = Record<'targeted' | 'downloading' | 'active' | 'failed' | 'silent', number>;

/** A share of the group of a rollout. */
export interface RolloutShare {
  readonly rolloutId: string;
  readonly share: number;
}

interface Row {
  readonly rollout: string;
  /** Null for devices that said nothing. */
  readonly phase: string | null;
  readonly devices: number;
}

/** Counts what the devices of rollouts' waves report. */
@Injectable()
export class RolloutProgressRepository {
  constructor(private readonly db: Database) {}

  /**
   * Targeted are the active devices of the group that run on the version's base (the first of those they hold, which is
   * the one they get manifests for) and whose hash lies in the share. Each counts once, by the latest it said about the
   * version's digest; one that said nothing is silent.
   * @returns counts for each of the rollouts, in their order
   */
  async count(waves: readonly RolloutShare[]): Promise<ProgressCounts[]> {
    const ids = waves.map(({ rolloutId }) => rolloutId);
    const bounds = waves.map(({ share }) => membershipBound(share));
    const rows = await this.db.prisma.$queryRaw<Row[]>`
      SELECT r.id AS rollout, latest.phase::text AS phase, count(*)::int AS devices
      FROM unnest(${ids}::text[], ${bounds}::text[]) AS wave(rollout_id, bound)
      JOIN rollouts r ON r.id = wave.rollout_id
      JOIN modulator_versions v ON v.id = r.modulator_version_id
      JOIN modulators m ON m.id = v.modulator_id
      JOIN base_networks b ON b.id = m.base_network_id
      JOIN devices d ON d.group_id = r.group_id AND d.state = 'active' AND b.digest = d.base_digests[1]
      LEFT JOIN LATERAL (
        SELECT s.phase FROM device_slots s WHERE s.device_id = d.id AND s.digest = v.digest ORDER BY s.at DESC LIMIT 1
      ) latest ON true
      WHERE substring(sha256(convert_to(r.id || ':' || d.id, 'UTF8')) FROM 1 FOR 8) < decode(wave.bound, 'hex')
      GROUP BY r.id, latest.phase`;
    return ids.map((id) => summarise(rows.filter(({ rollout }) => rollout === id)));
  }
}

const summarise = (rows: readonly Row[]): ProgressCounts => {
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
