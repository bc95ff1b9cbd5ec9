import { bumpFleetVersion, type Tx } from '@kernelcast/database';
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
   * @returns ids of the rollouts that were touched
   */
  async follow(tx: Tx, modulatorVersionId: string, [before, after]: [RolloutRule, RolloutRule]): Promise<string[]> {
    if (before.advancing === after.advancing && before.ended === after.ended) return [];
    const where = { modulatorVersionId, state: { not: 'aborted' } } as const;
    const rollouts = await tx.rollout.findMany({ where, select: { id: true }, orderBy: { id: 'asc' } });
    if (rollouts.length === 0) return [];
    const changedAtVersion = await bumpFleetVersion(tx);
    const ended = after.ended ? ({ state: 'aborted', finishedAt: new Date() } as const) : {};
    await tx.rollout.updateMany({ where, data: { changedAtVersion, ...ended } });
    return rollouts.map(({ id }) => id);
  }

  /** Tells the delivery service. Call it after the transaction. */
  announce(): void {
    this.fleet.changed();
  }
}
