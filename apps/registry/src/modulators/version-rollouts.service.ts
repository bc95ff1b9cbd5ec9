import { bumpFleetVersion, type Prisma, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { FleetNotifier } from '../fleet-events/fleet-notifier.js';
import type { RolloutRule } from './version-transitions.js';

/** Makes the rollouts of a version follow its state. */
@Injectable()
export class VersionRollouts {
  constructor(private readonly fleet: FleetNotifier) {}

  /**
   * Where what devices are told changes with the rule, the groups' desired state rises to a new fleet version; ended
   * rollouts are aborted, completed ones too, so that an older rollout of the task decides in their place.
   * @returns ids of the rollouts that follow, those that had ended before left out
   */
  async follow(tx: Tx, modulatorVersionId: string, [before, after]: [RolloutRule, RolloutRule]): Promise<string[]> {
    if (before.advancing === after.advancing && before.ended === after.ended) return [];
    if ((await tx.rollout.count({ where: toldOf(modulatorVersionId) })) === 0) return [];
    const live = { modulatorVersionId, state: { notIn: [...ENDED] } };
    const rollouts = await tx.rollout.findMany({ where: live, select: { id: true }, orderBy: { id: 'asc' } });
    const changed = { changedAtVersion: await bumpFleetVersion(tx) };
    await tx.rollout.updateMany({ where: toldOf(modulatorVersionId), data: changed });
    if (after.ended) {
      await tx.rollout.updateMany({ where: live, data: { state: 'aborted', finishedAt: new Date() } });
      await tx.rollout.updateMany({ where: { rolledBackToId: modulatorVersionId }, data: { rolledBackToId: null } });
    }
    return rollouts.map(({ id }) => id);
  }

  /** Tells the delivery service. Call it after the transaction. */
  announce(): void {
    this.fleet.changed();
  }
}

/** States in which a rollout is over for good. */
const ENDED = ['aborted', 'rolled_back'] as const;

/** Rollouts by which devices are told of a version: those that bring it or have left it, and those that went back to it. */
const toldOf = (modulatorVersionId: string): Prisma.RolloutWhereInput => ({
  OR: [
    { modulatorVersionId, state: { notIn: [...ENDED] } },
    // What had been reached before it was given up keeps the version.
    { modulatorVersionId, state: 'aborted', startedAt: { not: null } },
    { rolledBackToId: modulatorVersionId },
  ],
});
