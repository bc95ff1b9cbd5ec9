import {
  gatesInTheWay,
  type ApprovalRequest,
  type approveSchema,
  type FlattenedJws,
  type ListApprovalsQuery,
  type ModulatorVersion,
  type Page,
} from '@kernelcast/contracts';
import type { Tx } from '@kernelcast/database';
import { AppError } from '@kernelcast/platform';
import { Injectable } from '@nestjs/common';
import type { z } from 'zod';
import type { Actor } from '../changes/actor.js';
import { Changes, type Change } from '../changes/changes.service.js';
import { GateReportsRepository } from '../gates/gate-reports.repository.js';
import { ModulatorsRepository, type VersionReference } from '../modulators/modulators.repository.js';
import { ReleaseKeyService } from '../release-key/release-key.service.js';
import { obstaclesPassedOver } from './approval-rules.js';
import { ApprovalsRepository } from './approvals.repository.js';
import { personBehind } from './people.js';

type Approve = z.infer<typeof approveSchema>;

/** From a version that waits to one that may be released: as many people agree as its task asks for. */
@Injectable()
export class ApprovalsService {
  constructor(
    private readonly approvals: ApprovalsRepository,
    private readonly reports: GateReportsRepository,
    private readonly modulators: ModulatorsRepository,
    private readonly releaseKey: ReleaseKeyService,
    private readonly changes: Changes,
  ) {}

  list(projectId: string, query: ListApprovalsQuery): Promise<Page<ApprovalRequest>> {
    return this.approvals.list(projectId, query);
  }

  /** @throws AppError `modulator_not_found` */
  async get(projectId: string, reference: VersionReference, tx?: Tx): Promise<ApprovalRequest> {
    const { id } = await this.version(projectId, reference, tx);
    return this.request(id, tx);
  }

  /**
   * Adds a person's yes. With the last that is asked for, the version may be released: the release key vouches for it.
   * The gates count as they are at that moment.
   * @throws AppError `modulator_not_found`; `gates_failed`; `approval_forbidden` when it has been decided on before, to
   *   who ordered the training, and to who has approved already
   */
  async approve(actor: Actor, reference: VersionReference, approve: Approve): Promise<ModulatorVersion> {
    const version = await this.version(actor.projectId, reference);
    const statement = await this.releaseKey.sign({
      modulatorDigest: version.digest,
      baseDigest: version.baseDigest,
      task: version.taskName,
      version: version.version,
    });
    return this.changes.commit(actor, async (tx) => {
      const request = await this.open(tx, version);
      const person = await personBehind(tx, actor.id);
      const override = await this.passOver(tx, { actor, person }, request, approve);
      if (given(request).some(({ by }) => by === person)) {
        throw new AppError('approval_forbidden', 'You have approved this version already');
      }
      const { comment } = approve;
      const approval = { person, actor: actor.id, name: actor.name, comment, override };
      await this.approvals.give(tx, version.id, approval);
      const count = given(request).length + 1;
      if (count >= request.requiredApprovals)
        return this.decide(tx, version.id, { actor, comment, override, statement });
      const after = { comment, override, approvals: count, requiredApprovals: request.requiredApprovals };
      const result = await this.version(actor.projectId, { id: version.id }, tx);
      return { result, audit: { action: 'modulator_version.approval_given', resource: version.id, after } };
    });
  }

  /** @throws AppError `modulator_not_found`; `conflict` when there is nothing to withdraw, or it is decided */
  async withdraw(actor: Actor, reference: VersionReference, comment: string): Promise<ModulatorVersion> {
    const { id } = await this.version(actor.projectId, reference);
    return this.changes.commit(actor, async (tx) => {
      await this.approvals.lock(tx, id);
      const { state } = await this.request(id, tx);
      if (state !== 'waiting') throw new AppError('conflict', `The version is ${state} already`);
      if (!(await this.approvals.withdraw(tx, id, await personBehind(tx, actor.id)))) {
        throw new AppError('conflict', 'You have not approved this version');
      }
      const audit = { action: 'modulator_version.approval_withdrawn', resource: id, after: { comment } };
      return { result: await this.version(actor.projectId, { id }, tx), audit };
    });
  }

  private async open(tx: Tx, { id }: ModulatorVersion): Promise<ApprovalRequest> {
    await this.approvals.lock(tx, id);
    const request = await this.request(id, tx);
    if (request.state === 'waiting') return request;
    throw new AppError('approval_forbidden', `This version is ${request.state} already`);
  }

  private async passOver(
    tx: Tx,
    { actor, person }: { actor: Actor; person: string },
    { modulatorVersionId, requestedBy }: ApprovalRequest,
    { override }: Approve,
  ): Promise<{ reason: string; of: string[] } | null> {
    const report = await this.reports.record(tx, modulatorVersionId, { trigger: 'approval', evaluatedBy: actor.id });
    const of = obstaclesPassedOver({
      person,
      isAdmin: actor.role === 'admin',
      requestedBy: await personBehind(tx, requestedBy),
      inTheWay: gatesInTheWay(report?.results ?? []),
      override,
    });
    return override && of.length > 0 ? { reason: override.reason, of } : null;
  }

  private async decide(
    tx: Tx,
    id: string,
    {
      actor,
      comment,
      override,
      statement,
    }: { actor: Actor; comment: string; override: unknown; statement: FlattenedJws },
  ): Promise<Change<ModulatorVersion>> {
    const result = await this.modulators.decide(
      tx,
      { projectId: actor.projectId, id },
      {
        from: 'registered',
        state: 'approved',
        decidedBy: actor.id,
        comment,
        statement,
      },
    );
    if (!result) throw new AppError('conflict', 'Somebody else has just decided on this version');
    const after = { state: result.state, comment, ...(override === null ? {} : { override }) };
    return {
      result,
      audit: { action: 'modulator_version.approved', resource: id, before: { state: 'registered' }, after },
      events: [{ type: 'modulator_version.approved', subject: id }],
    };
  }

  private async version(projectId: string, reference: VersionReference, tx?: Tx): Promise<ModulatorVersion> {
    const version = await this.modulators.findVersion(projectId, reference, tx);
    if (!version) throw new AppError('modulator_not_found', 'There is no such modulator version');
    return version;
  }

  private async request(id: string, tx?: Tx): Promise<ApprovalRequest> {
    const request = await this.approvals.find(id, tx);
    if (!request) throw new AppError('modulator_not_found', `There is no modulator version ${id}`);
    return request;
  }
}

const given = ({ approvals }: ApprovalRequest) => approvals.filter(({ withdrawnAt }) => withdrawnAt === null);
