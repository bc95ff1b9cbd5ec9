import type { Rollout, RolloutProgress } from '@kernelcast/contracts';
import { Database, Prisma } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { decidedByNone, inGroup, inShare } from './device-share.js';
import { RolloutRivalsRepository } from './rollout-rivals.repository.js';

export type ProgressCounts = Pick<
  RolloutProgress,
  'targeted' | 'downloading' | 'active' | 'failed' | 'silent' | 'failures'
>;

interface Row {
  readonly phase: string;
  readonly code: string | null;
  readonly devices: number;
}

/** The most frequent codes tell what is wrong; devices may make up any number of them. */
const MAX_CODES = 20;

/** Counts what the devices of rollouts' waves report. */
@Injectable()
export class RolloutProgressRepository {
  constructor(
    private readonly db: Database,
    private readonly rivals: RolloutRivalsRepository,
  ) {}

  /**
   * Targeted are the active devices of the group that run on the version's base (the first of those they hold, which is
   * the one they get manifests for), whose hash lies in the share of the current wave and for which no other rollout
   * decides. Each counts once, by the latest it said about the version; one that said nothing is silent. What was said
   * is found by the version's digest, so its cost follows the reports, not the fleet.
   */
  async count(rollout: Rollout): Promise<ProgressCounts> {
    const { digest, baseDigest, selected } = await this.facts(rollout);
    const where = Prisma.sql`${inGroup({ groupId: rollout.groupId, selected })} AND d.state = 'active' AND d.base_digests[1] = ${baseDigest}
      AND ${inShare({ rolloutId: rollout.id, share: rollout.waves[rollout.currentWave]?.share ?? 1 })}
      AND ${decidedByNone(await this.rivals.before(rollout))}`;
    const { prisma } = this.db;
    const [[all], rows] = await Promise.all([
      prisma.$queryRaw<{ devices: number }[]>`SELECT count(*)::int AS devices FROM devices d WHERE ${where}`,
      prisma.$queryRaw<Row[]>`
        SELECT s.phase::text AS phase, CASE WHEN s.phase IN ('failed', 'reverted') THEN s.code END AS code,
          count(*)::int AS devices
        FROM device_slots s JOIN devices d ON d.id = s.device_id
        WHERE s.digest = ${digest} AND s.slot = ${rollout.taskName} AND ${where}
        GROUP BY 1, 2`,
    ]);
    return summarise(all?.devices ?? 0, rows);
  }

  private async facts({ id }: Rollout): Promise<{ digest: string; baseDigest: string; selected: boolean }> {
    const { modulatorVersion, group } = await this.db.prisma.rollout.findUniqueOrThrow({
      where: { id },
      select: {
        group: { select: { selectorPath: true } },
        modulatorVersion: {
          select: { digest: true, modulator: { select: { baseNetwork: { select: { digest: true } } } } },
        },
      },
    });
    const baseDigest = modulatorVersion.modulator.baseNetwork.digest;
    return { digest: modulatorVersion.digest, baseDigest, selected: group.selectorPath !== null };
  }
}

const summarise = (targeted: number, rows: readonly Row[]): ProgressCounts => {
  const of = (...phases: string[]) =>
    rows.filter(({ phase }) => phases.includes(phase)).reduce((sum, { devices }) => sum + devices, 0);
  const codes = new Map<string | null, number>();
  for (const { phase, code, devices } of rows) {
    if (phase === 'failed' || phase === 'reverted') codes.set(code, (codes.get(code) ?? 0) + devices);
  }
  // The two counts are of two moments: a device may have enrolled and reported between them.
  const said = of('downloading', 'verified', 'active', 'failed', 'reverted');
  return {
    targeted: Math.max(targeted, said),
    downloading: of('downloading', 'verified'),
    active: of('active'),
    failed: of('failed', 'reverted'),
    silent: Math.max(0, targeted - said),
    failures: [...codes]
      .map(([code, devices]) => ({ code, devices }))
      .sort((a, b) => b.devices - a.devices)
      .slice(0, MAX_CODES),
  };
};
