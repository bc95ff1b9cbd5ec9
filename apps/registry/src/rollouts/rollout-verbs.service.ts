import type { rollbackSchema, Rollout } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { Actor } from '../changes/actor.js';
import { rolloutRule } from '../modulators/version-transitions.js';
import { RolloutDeeds } from './rollout-deeds.service.js';
import { abortMove, pauseMove, resumeMove, rollbackMove } from './rollout-moves.js';
import { RolloutProgressRepository } from './rollout-progress.repository.js';
import { RolloutTargets } from './rollout-targets.js';
import { RolloutsRepository } from './rollouts.repository.js';

/** What people do to rollouts beside creating and starting them. */
@Injectable()
export class RolloutVerbs {
  constructor(
    private readonly deeds: RolloutDeeds,
    private readonly targets: RolloutTargets,
    private readonly repository: RolloutsRepository,
    private readonly counting: RolloutProgressRepository,
  ) {}

  /** @throws AppError `rollout_not_found`, `conflict` unless it runs */
  pause(actor: Actor, id: string): Promise<Rollout> {
    return this.deeds.carryOut(actor, id, (rollout) => {
      const move = pauseMove(rollout, new Date());
      return { action: 'pause', move, event: 'rollout.paused', changesFleet: false };
    });
  }

  /** @throws AppError `rollout_not_found`, `conflict` unless it stands still, `version_not_approved` */
  resume(actor: Actor, id: string): Promise<Rollout> {
    return this.deeds.carryOut(actor, id, async (rollout, tx) => {
      const version = await this.repository.versionState(id, tx);
      if (version === undefined || !rolloutRule(version).advancing) {
        throw new AppError('version_not_approved', `The version is ${version}: its rollouts stand still`);
      }
      const { failed } = rollout.state === 'halted' ? await this.counting.count(rollout) : { failed: 0 };
      const move = resumeMove(rollout, { failed, now: new Date() });
      return { action: 'resume', move, event: 'rollout.resumed', changesFleet: move.currentWave !== undefined };
    });
  }

  /** @throws AppError `rollout_not_found`, `conflict` when it has ended */
  abort(actor: Actor, id: string): Promise<Rollout> {
    return this.deeds.carryOut(actor, id, (rollout) => {
      const move = abortMove(rollout, new Date());
      return { action: 'abort', move, event: 'rollout.aborted', changesFleet: rollout.startedAt !== null };
    });
  }

  /**
   * @throws AppError `rollout_not_found`; `conflict` when it never started, was rolled back before, or `to` is of
   *   another task or base; `modulator_not_found`, `alias_not_found`, `version_not_approved` for `to`
   */
  rollback(actor: Actor, id: string, { to: reference, reason }: z.infer<typeof rollbackSchema>): Promise<Rollout> {
    return this.deeds.carryOut(actor, id, async (rollout, tx) => {
      const to =
        reference === undefined ? {} : { to: await this.targets.wayBack(tx, actor.projectId, { rollout, reference }) };
      const move = rollbackMove(rollout, { ...to, now: new Date() });
      return { action: 'rollback', move, event: 'rollout.rolled_back', reason, changesFleet: true };
    });
  }
}
