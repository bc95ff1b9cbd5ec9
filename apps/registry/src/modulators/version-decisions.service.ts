import type { ModulatorVersion } from '@kernelcast/contracts';
import type { Announcement } from '@kernelcast/database';
import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { Changes } from '../changes/changes.service.js';
import { ModulatorsRepository, type VersionReference } from './modulators.repository.js';
import { ModulatorsService } from './modulators.service.js';
import { VersionRollouts } from './version-rollouts.service.js';
import { actionsIn, rolloutRule, stateAfter, type VersionAction } from './version-transitions.js';

interface Decision {
  readonly action: Exclude<VersionAction, 'approve'>;
  readonly comment: string;
}

/** Decides what may be done with a version; `ApprovalsService` lets it be released. */
@Injectable()
export class VersionDecisions {
  constructor(
    private readonly modulators: ModulatorsService,
    private readonly repository: ModulatorsRepository,
    private readonly rollouts: VersionRollouts,
    private readonly changes: Changes,
  ) {}

  /**
   * Does what people do to a version beside approving it. What becomes of its rollouts is told by `rolloutRule`.
   * @throws AppError `modulator_not_found`; `approval_forbidden` (reject) or `conflict` when its state does not allow it
   */
  async decide(actor: Actor, reference: VersionReference, { action, comment }: Decision): Promise<ModulatorVersion> {
    const { projectId } = actor;
    const { id } = await this.modulators.getVersion(projectId, reference);
    let fleetChanged = false;
    const result = await this.changes.commit(actor, async (tx) => {
      const before = await this.modulators.getVersion(projectId, { id }, tx);
      const state = stateAfter(before.state, action);
      if (state === undefined) throw refusal(before, action);
      const entry = { from: before.state, state, decidedBy: actor.id, comment, statement: undefined };
      const after = await this.repository.decide(tx, { projectId, id }, entry);
      if (!after) throw new AppError('conflict', 'Somebody else has just decided on this version');
      const rollouts = await this.rollouts.follow(tx, id, [rolloutRule(before.state), rolloutRule(state)]);
      fleetChanged = rollouts.length > 0;
      const changed = { state, comment, ...(fleetChanged && { rollouts }) };
      const audit = { action: `modulator_version.${state}`, resource: id, before: { state: before.state } };
      return { result: after, audit: { ...audit, after: changed }, events: eventsOf(id, action, rollouts) };
    });
    if (fleetChanged) this.rollouts.announce();
    return result;
  }
}

const EVENTS = {
  reject: 'modulator_version.rejected',
  deprecate: 'modulator_version.deprecated',
  quarantine: 'modulator_version.quarantined',
  restore: 'modulator_version.restored',
  revoke: 'modulator_version.revoked',
} as const satisfies Record<Decision['action'], Announcement['type']>;

/** A revocation ends the version's rollouts. */
const eventsOf = (id: string, action: Decision['action'], rollouts: readonly string[]): Announcement[] => [
  { type: EVENTS[action], subject: id },
  ...(action === 'revoke' ? rollouts.map((subject) => ({ type: 'rollout.aborted' as const, subject })) : []),
];

const refusal = ({ state }: ModulatorVersion, action: Decision['action']): AppError => {
  const allowed = actionsIn(state);
  const hint = allowed.length === 0 ? 'that is final' : `it can be made to ${allowed.join(', ')}`;
  const code = action === 'reject' ? 'approval_forbidden' : 'conflict';
  return new AppError(code, `This version is ${state}: ${hint}`);
};
