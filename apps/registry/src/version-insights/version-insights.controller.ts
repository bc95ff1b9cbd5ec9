import {
  registryRoutes,
  type ModelCard,
  type RouteInput,
  type VersionComparison,
  type VersionLineage,
} from '@kernelcast/contracts';
import { Input, Route } from '@kernelcast/platform';
import { Controller, Headers, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { CurrentProject } from '../identity/current-actor.decorator.js';
import { accepts } from '../training-jobs/accepts.js';
import { cardMarkdown } from './model-card.markdown.js';
import { ModelCards } from './model-cards.service.js';
import { VersionComparisons } from './version-comparison.service.js';
import { VersionLineages } from './version-lineage.service.js';

const MARKDOWN = 'text/markdown';

@Controller()
export class VersionInsightsController {
  constructor(
    private readonly comparisons: VersionComparisons,
    private readonly lineages: VersionLineages,
    private readonly cards: ModelCards,
  ) {}

  @Route(registryRoutes.compareModulatorVersions)
  compare(
    @CurrentProject() projectId: string,
    @Input() { params, query }: RouteInput<typeof registryRoutes.compareModulatorVersions>,
  ): Promise<VersionComparison> {
    return this.comparisons.compare(projectId, referenceOf(params), query.to);
  }

  @Route(registryRoutes.getModulatorVersionLineage)
  lineage(
    @CurrentProject() projectId: string,
    @Input() { params }: RouteInput<typeof registryRoutes.getModulatorVersionLineage>,
  ): Promise<VersionLineage> {
    return this.lineages.lineage(projectId, referenceOf(params));
  }

  @Route(registryRoutes.getModelCard)
  async card(
    @CurrentProject() projectId: string,
    @Input() { params }: RouteInput<typeof registryRoutes.getModelCard>,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ModelCard | string> {
    const card = await this.cards.card(projectId, referenceOf(params));
    reply.header('vary', 'accept');
    if (!accepts(accept, MARKDOWN)) return card;
    reply.type(`${MARKDOWN}; charset=utf-8`);
    return cardMarkdown(card);
  }
}

const referenceOf = ({ id, version }: { id: string; version: number }) => ({ modulatorId: id, version });
