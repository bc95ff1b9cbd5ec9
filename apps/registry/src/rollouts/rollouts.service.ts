import type { createRolloutSchema, ListRolloutsQuery, Page, Rollout, VersionState } from '@kernelcast/contracts';
import { bumpFleetVersion, newId, type Tx } from '@kernelcast/database';
import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { VersionReferences, type MeantVersion } from '../aliases/version-references.js';
import type { Actor } from '../changes/actor.js';
import { Changes } from '../changes/changes.service.js';
import { DeviceGroupsRepository } from '../devices/device-groups.repository.js';
import { FleetNotifier } from '../fleet-events/fleet-notifier.js';
import { rolloutRule } from '../modulators/version-transitions.js';
import type { Owned } from '../projects/project-access.js';
import { RolloutsRepository } from './rollouts.repository.js';

type CreateRollout = z.infer<typeof createRolloutSchema>;

interface Targets extends Owned {
  /** Of a version. */
  readonly reference: string;
  readonly groupId: string;
}

@Injectable()
export class RolloutsService {
  constructor(
    private readonly rollouts: RolloutsRepository,
    private readonly versions: VersionReferences,
    private readonly groups: DeviceGroupsRepository,
    private readonly changes: Changes,
    private readonly fleet: FleetNotifier,
  ) {}

  /**
   * @throws AppError `modulator_not_found`, `alias_not_found`, `version_not_approved`, `group_not_found`,
   *   `validation_failed`
   */
  async create(actor: Actor, { modulatorVersionId: reference, groupId, waves }: CreateRollout): Promise<Rollout> {
    assertRising(waves);
    return this.changes.commit(actor, async (tx) => {
      const { projectId, id: createdBy } = actor;
      const { version, calledAs: orderedAs } = await this.assertTargets({ projectId, reference, groupId }, tx);
      const target = { modulatorVersionId: version.id, orderedAs, groupId };
      const order = { id: newId('rollout'), projectId, ...target, waves, createdBy };
      const rollout = await this.rollouts.create(tx, order);
      return { result: rollout, audit: { action: 'rollout.create', resource: rollout.id, after: rollout } };
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

  /** @throws AppError `rollout_not_found`, `conflict` unless it was only created, `version_not_approved` */
  async start(actor: Actor, id: string): Promise<Rollout> {
    const started = await this.changes.commit(actor, async (tx) => {
      const { projectId } = actor;
      const { state, currentWave } = await this.get(projectId, id, tx);
      if (state !== 'created') throw new AppError('conflict', `The rollout is ${state}`);
      if (!isStartable(await this.rollouts.versionState(id, tx))) throw notApproved();
      const changedAtVersion = await bumpFleetVersion(tx);
      const to = { state: 'running' as const, startedAt: new Date(), changedAtVersion };
      const result = await this.rollouts.move(tx, { projectId, id, state, currentWave }, to);
      if (!result) throw new AppError('conflict', 'The rollout was started by another request');
      return {
        result,
        audit: { action: 'rollout.start', resource: id, before: { state }, after: { state: to.state } },
        events: [{ type: 'rollout.started', subject: id }],
      };
    });
    this.fleet.changed();
    return started;
  }

  private async assertTargets({ projectId, reference, groupId }: Targets, tx: Tx): Promise<MeantVersion> {
    const meant = await this.versions.find(projectId, reference, tx);
    if (!isStartable(meant.version.state)) throw notApproved();
    if (!(await this.groups.exists(projectId, groupId, tx))) {
      throw new AppError('group_not_found', `There is no device group ${groupId}`);
    }
    return meant;
  }
}

const isStartable = (state: VersionState | undefined): boolean => state !== undefined && rolloutRule(state).startable;

const notApproved = (): AppError => new AppError('version_not_approved', 'Only an approved version may be rolled out');

/** Waves are shares of the same group, so each must reach further than the one before. */
const assertRising = (waves: CreateRollout['waves']): void => {
  const at = waves.findIndex(({ share }, i) => i > 0 && share <= (waves[i - 1]?.share ?? 0));
  if (at < 0) return;
  const errors = [{ pointer: `/body/waves/${at}/share`, detail: 'must be larger than that of the wave before' }];
  throw new AppError('validation_failed', undefined, { errors });
};
