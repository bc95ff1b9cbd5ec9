import { registryRoutes, type ModulatorVersion, type RouteInput } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { CurrentActor } from '../identity/current-actor.decorator.js';
import type { VersionReference } from './modulators.repository.js';
import { VersionDecisions } from './version-decisions.service.js';

type DecisionInput = RouteInput<typeof registryRoutes.rejectModulatorVersion>;

@Controller()
export class VersionDecisionsController {
  constructor(private readonly decisions: VersionDecisions) {}

  @Route(registryRoutes.rejectModulatorVersion)
  reject(@CurrentActor() actor: Actor, @Input() { params, body }: DecisionInput): Promise<ModulatorVersion> {
    return this.decisions.decide(actor, referenceOf(params), { action: 'reject', comment: body.comment });
  }

  @Route(registryRoutes.deprecateModulatorVersion)
  deprecate(@CurrentActor() actor: Actor, @Input() { params, body }: DecisionInput): Promise<ModulatorVersion> {
    return this.decisions.decide(actor, referenceOf(params), { action: 'deprecate', comment: body.comment });
  }

  @Route(registryRoutes.quarantineModulatorVersion)
  quarantine(@CurrentActor() actor: Actor, @Input() { params, body }: DecisionInput): Promise<ModulatorVersion> {
    return this.decisions.decide(actor, referenceOf(params), { action: 'quarantine', comment: body.comment });
  }

  @Route(registryRoutes.restoreModulatorVersion)
  restore(@CurrentActor() actor: Actor, @Input() { params, body }: DecisionInput): Promise<ModulatorVersion> {
    return this.decisions.decide(actor, referenceOf(params), { action: 'restore', comment: body.comment });
  }

  @Route(registryRoutes.revokeModulatorVersion)
  revoke(@CurrentActor() actor: Actor, @Input() { params, body }: DecisionInput): Promise<ModulatorVersion> {
    return this.decisions.decide(actor, referenceOf(params), { action: 'revoke', comment: body.comment });
  }
}

const referenceOf = ({ id, version }: DecisionInput['params']): VersionReference => ({ modulatorId: id, version });
