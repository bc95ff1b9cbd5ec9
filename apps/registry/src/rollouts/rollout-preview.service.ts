import type { Rollout, RolloutPreview } from '@kernelcast/contracts';
import { Database, Prisma } from '@kernelcast/database';
import { membershipBound } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import { decidedByNone, inGroup } from './device-share.js';
import { previewOf, type PreviewRow } from './rollout-preview.js';
import { conflictsOf } from './rollout-rivals.js';
import { RolloutRivalsRepository } from './rollout-rivals.repository.js';
import { RolloutsService } from './rollouts.service.js';

/** Tells what a rollout would do, by counting every device of its group once. */
@Injectable()
export class RolloutPreviews {
  constructor(
    private readonly db: Database,
    private readonly rollouts: RolloutsService,
    private readonly rivals: RolloutRivalsRepository,
  ) {}

  /**
   * @param bandwidth bits per second of each device's connection
   * @throws AppError `rollout_not_found`
   */
  async preview(projectId: string, id: string, bandwidth?: number): Promise<RolloutPreview> {
    const rollout = await this.rollouts.get(projectId, id);
    const { modulator, ...version } = await this.db.prisma.modulatorVersion.findUniqueOrThrow({
      where: { id: rollout.modulatorVersionId },
      select: { digest: true, size: true, modulator: { select: { baseNetwork: { select: { digest: true } } } } },
    });
    const rows = await this.count(rollout, modulator.baseNetwork.digest);
    const startedAt = rollout.startedAt === null ? new Date() : new Date(rollout.startedAt);
    const conflicts = conflictsOf({ ...rollout, startedAt }, await this.rivals.of(rollout));
    return { rolloutId: id, ...previewOf({ waves: rollout.waves, rows, version, bandwidth }), conflicts };
  }

  private async count(rollout: Rollout, baseDigest: string): Promise<PreviewRow[]> {
    const { id, groupId, taskName, waves } = rollout;
    const { prisma } = this.db;
    const group = await prisma.deviceGroup.findUniqueOrThrow({ where: { id: groupId } });
    const firstWave = waves.map(
      ({ share }, i) => Prisma.sql`WHEN hash < decode(${membershipBound(share)}, 'hex') THEN ${i}::int`,
    );
    return prisma.$queryRaw<PreviewRow[]>`
      SELECT CASE ${Prisma.join(firstWave, ' ')} END AS wave, fits, taken, digest, count(*)::int AS devices
      FROM (
        SELECT substring(sha256(convert_to(${id} || ':' || d.id, 'UTF8')) FROM 1 FOR 8) AS hash,
          d.base_digests[1] = ${baseDigest} AS fits, NOT ${decidedByNone(await this.rivals.before(rollout))} AS taken,
          s.digest
        FROM devices d
        LEFT JOIN device_slots s ON s.device_id = d.id AND s.slot = ${taskName} AND s.phase = 'active'
        WHERE ${inGroup({ groupId, selected: group.selectorPath !== null })} AND d.state = 'active'
      ) AS device
      GROUP BY 1, 2, 3, 4`;
  }
}
