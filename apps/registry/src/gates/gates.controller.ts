import { registryRoutes, type GateReport, type RouteInput } from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller } from '@nestjs/common';
import type { Actor } from '../changes/actor.js';
import { CurrentActor, CurrentProject } from '../identity/current-actor.decorator.js';
import { GatesService } from './gates.service.js';

@Controller()
export class GatesController {
  constructor(private readonly gates: GatesService) {}

  @Route(registryRoutes.getGateReport)
  report(
    @CurrentProject() projectId: string,
    @Input() { params, query }: RouteInput<typeof registryRoutes.getGateReport>,
  ): Promise<GateReport> {
    return this.gates.report(projectId, { modulatorId: params.id, version: params.version }, query.report);
  }

  @Route(registryRoutes.evaluateGates)
  evaluate(
    @CurrentActor() actor: Actor,
    @Input() { params }: RouteInput<typeof registryRoutes.evaluateGates>,
  ): Promise<GateReport> {
    return this.gates.evaluate(actor, { modulatorId: params.id, version: params.version });
  }
}
