import type { approveRolloutSchema, Rollout } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import { personBehind } from '../approvals/people.js';
import type { Actor } from '../changes/actor.js';
import { Changes } from '../changes/changes.service.js';
import { RolloutsRepository } from './rollouts.repository.js';
import { RolloutsService } from './rollouts.service.js';

/** The yes of another person, for rollouts whose task asks for it. */
@Injectable()
export class RolloutApprovals {
  constructor(
    private readonly rollouts: RolloutsService,
    private readonly repository: RolloutsRepository,
    private readonly changes: Changes,
  ) {}

  /** @throws AppError `rollout_not_found`; `conflict` unless it waits for it; `approval_forbidden` to who ordered it */
  approve(actor: Actor, id: string, { comment }: z.infer<typeof approveRolloutSchema>): Promise<Rollout> {
    const { projectId } = actor;
    return this.changes.commit(actor, async (tx) => {
      const { approval, state } = await this.rollouts.get(projectId, id, tx);
      if (!approval.required) throw new AppError('conflict', 'The rollout asks for no approval');
      const [person, orderer] = [
        await personBehind(tx, actor.id),
        await personBehind(tx, await this.repository.orderedBy(tx, id)),
      ];
      if (person === orderer) throw new AppError('approval_forbidden', 'Who ordered the rollout may not approve it');
      const given = { approvedBy: person, approvedAt: new Date(), approvalComment: comment };
      const result = await this.repository.approve(tx, { projectId, id }, given);
      if (!result)
        throw new AppError('conflict', `The rollout is ${approval.by === null ? state : 'approved'} already`);
      return { result, audit: { action: 'rollout.approve', resource: id, after: { comment } } };
    });
  }
}
