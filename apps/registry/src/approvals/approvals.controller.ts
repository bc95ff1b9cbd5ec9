import {
  registryRoutes,
  type ApprovalRequest,
  type ModulatorVersion,
  type Page,
  type RouteInput,
} from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { CurrentActor, CurrentProject } from '../identity/current-actor.decorator.js';
import type { VersionReference } from '../modulators/modulators.repository.js';
import { ApprovalsService } from './approvals.service.js';

@Controller()
export class ApprovalsController {
  constructor(private readonly approvals: ApprovalsService) {}

  @Route(registryRoutes.listApprovals)
  list(
    @CurrentProject() projectId: string,
    @Input() { query }: RouteInput<typeof registryRoutes.listApprovals>,
  ): Promise<Page<ApprovalRequest>> {
    return this.approvals.list(projectId, query);
  }

  @Route(registryRoutes.getVersionApproval)
  get(
    @CurrentProject() projectId: string,
    @Input() { params }: RouteInput<typeof registryRoutes.getVersionApproval>,
  ): Promise<ApprovalRequest> {
    return this.approvals.get(projectId, referenceOf(params));
  }

  @Route(registryRoutes.approveModulatorVersion)
  approve(
    @CurrentActor() actor: Actor,
    @Input() { params, body }: RouteInput<typeof registryRoutes.approveModulatorVersion>,
  ): Promise<ModulatorVersion> {
    return this.approvals.approve(actor, referenceOf(params), body);
  }

  @Route(registryRoutes.withdrawApproval)
  withdraw(
    @CurrentActor() actor: Actor,
    @Input() { params, body }: RouteInput<typeof registryRoutes.withdrawApproval>,
  ): Promise<ModulatorVersion> {
    return this.approvals.withdraw(actor, referenceOf(params), body.comment);
  }
}

const referenceOf = ({ id, version }: { id: string; version: number }): VersionReference => ({
  modulatorId: id,
  version,
});
