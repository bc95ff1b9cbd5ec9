import type { Rollout } from '@kernelcast/contracts';
import { bumpFleetVersion, type Announcement, type Tx } from '@kernelcast/database';
import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { Changes, type Change } from '../changes/changes.service.js';
import { FleetNotifier } from '../fleet-events/fleet-notifier.js';
import { RolloutsRepository, type RolloutMove } from './rollouts.repository.js';
import { RolloutsService } from './rollouts.service.js';

/** What somebody does to a rollout. */
export interface Deed {
  readonly action: string;
  readonly move: RolloutMove;
  readonly event: Announcement['type'];
  readonly reason?: string;
  /** Whether it changes what devices should run. */
  readonly changesFleet: boolean;
}

/** Carries out what people do to rollouts: each deed is one transaction with its audit entry and its event. */
@Injectable()
export class RolloutDeeds {
  constructor(
    private readonly rollouts: RolloutsService,
    private readonly repository: RolloutsRepository,
    private readonly changes: Changes,
    private readonly fleet: FleetNotifier,
  ) {}

  /** @throws AppError `rollout_not_found`; `conflict` when it has moved meanwhile; whatever `deedOf` throws */
  async carryOut(
    actor: Actor,
    id: string,
    deedOf: (rollout: Rollout, tx: Tx) => Deed | Promise<Deed>,
  ): Promise<Rollout> {
    let fleetChanged = false;
    const result = await this.changes.commit(actor, async (tx): Promise<Change<Rollout>> => {
      const before = await this.rollouts.get(actor.projectId, id, tx);
      const { action, move, event, reason, changesFleet } = await deedOf(before, tx);
      fleetChanged = changesFleet;
      const changed = changesFleet ? { changedAtVersion: await bumpFleetVersion(tx) } : {};
      const seen = { ...before, projectId: actor.projectId };
      const after = await this.repository.move(tx, seen, { ...move, ...changed });
      if (!after) throw new AppError('conflict', 'The rollout has moved on meanwhile');
      const describe = ({ state, currentWave, stopped, rolledBackToId }: Rollout) => ({ state, currentWave, stopped, rolledBackToId }); // prettier-ignore
      const audit = { action: `rollout.${action}`, resource: id, before: describe(before) };
      const told = { ...describe(after), ...(reason && { reason }) };
      return {
        result: after,
        audit: { ...audit, after: told },
        events: [{ type: event, subject: id } as Announcement],
      };
    });
    if (fleetChanged) this.fleet.changed();
    return result;
  }
}
