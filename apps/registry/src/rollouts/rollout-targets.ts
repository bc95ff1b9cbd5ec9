import type { Rollout, VersionState } from '@kernelcast/contracts';
import type { Tx } from '@kernelcast/database';
import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import { VersionReferences, type MeantVersion } from '../aliases/version-references.js';
import { DeviceGroupsRepository } from '../devices/device-groups.repository.js';
import { rolloutRule } from '../modulators/version-transitions.js';
import type { Owned } from '../projects/project-access.js';

interface Targets extends Owned {
  /** Of a version. */
  readonly reference: string;
  readonly groupId: string;
}

/** Finds what a rollout is about to bring, and to whom. */
@Injectable()
export class RolloutTargets {
  constructor(
    private readonly versions: VersionReferences,
    private readonly groups: DeviceGroupsRepository,
  ) {}

  /** @throws AppError `modulator_not_found`, `alias_not_found`, `version_not_approved`, `group_not_found` */
  async find({ projectId, reference, groupId }: Targets, tx: Tx): Promise<MeantVersion> {
    const meant = await this.versions.find(projectId, reference, tx);
    if (!isStartable(meant.version.state)) throw notApproved();
    if (!(await this.groups.exists(projectId, groupId, tx))) {
      throw new AppError('group_not_found', `There is no device group ${groupId}`);
    }
    return meant;
  }

  /**
   * The version that a rollout goes back to by name.
   * @returns its id
   * @throws AppError `conflict` for its own version and those of another task or base; `modulator_not_found`,
   *   `alias_not_found`, `version_not_approved`
   */
  async wayBack(
    tx: Tx,
    projectId: string,
    { rollout, reference }: { rollout: Rollout; reference: string },
  ): Promise<string> {
    const { version } = await this.versions.find(projectId, reference, tx);
    const own = await this.versions.find(projectId, rollout.modulatorVersionId, tx);
    if (version.modulatorId !== own.version.modulatorId || version.id === own.version.id) {
      throw new AppError('conflict', `The rollout can go back to another version of ${rollout.taskName} on its base`);
    }
    if (rolloutRule(version.state).advancing) return version.id;
    throw new AppError('version_not_approved', `Version ${version.version} is ${version.state}`);
  }
}

export const isStartable = (state: VersionState | undefined): boolean =>
  state !== undefined && rolloutRule(state).startable;

export const notApproved = (): AppError =>
  new AppError('version_not_approved', 'Only an approved version may be rolled out');
