import type { createRolloutSchema, ListRolloutsQuery, OrderedRollout, Page, Rollout } from '@kernelcast/contracts';
import { bumpFleetVersion, newId, type Tx } from '@kernelcast/database';
import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { Actor } from '../changes/actor.js';
import { Changes } from '../changes/changes.service.js';
import { FleetNotifier } from '../fleet-events/fleet-notifier.js';
import { startMove } from './rollout-moves.js';
import { conflictsOf } from './rollout-rivals.js';
import { isStartable, notApproved, RolloutTargets } from './rollout-targets.js';
import { RolloutRivalsRepository } from './rollout-rivals.repository.js';
import { RolloutsRepository } from './rollouts.repository.js';

type CreateRollout = z.infer<typeof createRolloutSchema>;

@Injectable()
export class RolloutsService {
  constructor(
    private readonly rollouts: RolloutsRepository,
    private readonly rivals: RolloutRivalsRepository,
    private readonly targets: RolloutTargets,
    private readonly changes: Changes,
    private readonly fleet: FleetNotifier,
  ) {}

  /**
   * @throws AppError `modulator_not_found`, `alias_not_found`, `version_not_approved`, `group_not_found`,
   *   `validation_failed`
   */
  async create(actor: Actor, order: CreateRollout): Promise<OrderedRollout> {
    const { modulatorVersionId: reference, groupId, startAt, ...fields } = order;
    assertRising(fields.waves);
    return this.changes.commit(actor, async (tx) => {
      const { projectId, id: createdBy } = actor;
      const { version, calledAs: orderedAs } = await this.targets.find({ projectId, reference, groupId }, tx);
      const target = { modulatorVersionId: version.id, orderedAs, groupId };
      const result = await this.rollouts.create(tx, {
        id: newId('rollout'),
        projectId,
        ...target,
        ...fields,
        startAt: startAt === undefined ? null : new Date(startAt),
        approvalRequired: await this.rollouts.needsApproval(tx, version.id),
        createdBy,
      });
      const audit = { action: 'rollout.create', resource: result.id, after: result };
      return { result: await this.withConflicts(result, tx), audit };
    });
  }

  list(projectId: string, query: ListRolloutsQuery): Promise<Page<Rollout>> {
    return this.rollouts.list(projectId, query);
  }

  /** @throws AppError `rollout_not_found` */
  async get(projectId: string, id: string, tx?: Tx): Promise<Rollout> {
    const rollout = await this.rollouts.find(projectId, id, tx);
    if (!rollout) throw new AppError('rollout_not_found', `There is no rollout ${id}`);
    return rollout;
  }

  /**
   * @throws AppError `rollout_not_found`, `conflict` unless it was only created, `version_not_approved`,
   *   `rollout_not_approved`
   */
  async start(actor: Actor, id: string): Promise<OrderedRollout> {
    const started = await this.changes.commit(actor, async (tx) => {
      const { projectId } = actor;
      const before = await this.get(projectId, id, tx);
      const move = startMove(before, new Date());
      if (before.approval.required && before.approval.by === null) throw new AppError('rollout_not_approved');
      if (!isStartable(await this.rollouts.versionState(id, tx))) throw notApproved();
      const running = move.state === 'running';
      const changed = running ? { changedAtVersion: await bumpFleetVersion(tx) } : {};
      const after = await this.rollouts.move(tx, { ...before, projectId }, { ...move, ...changed });
      if (!after) throw new AppError('conflict', 'The rollout was started by another request');
      return {
        result: await this.withConflicts(after, tx),
        audit: { action: 'rollout.start', resource: id, before: { state: before.state }, after: { state: move.state } },
        ...(running && { events: [{ type: 'rollout.started' as const, subject: id }] }),
      };
    });
    this.fleet.changed();
    return started;
  }

  private async withConflicts(rollout: Rollout, tx: Tx): Promise<OrderedRollout> {
    const { id, priority } = rollout;
    const startedAt = rollout.startedAt === null ? new Date() : new Date(rollout.startedAt);
    return { ...rollout, conflicts: conflictsOf({ id, priority, startedAt }, await this.rivals.of(rollout, tx)) };
  }
}

/** Waves are shares of the same group, so each must reach further than the one before. */
const assertRising = (waves: CreateRollout['waves']): void => {
  const at = waves.findIndex(({ share }, i) => i > 0 && share <= (waves[i - 1]?.share ?? 0));
  if (at < 0) return;
  const errors = [{ pointer: `/body/waves/${at}/share`, detail: 'must be larger than that of the wave before' }];
  throw new AppError('validation_failed', undefined, { errors });
};
