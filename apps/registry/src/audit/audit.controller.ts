import { Readable } from 'node:stream';
import {
  registryRoutes,
  type AuditCheckpoint,
  type AuditEvent,
  type AuditVerification,
  type Page,
  type RouteInput,
} from '@kernelcast/contracts';
import { AppError, Input, Route } from '@kernelcast/platform';
import { Controller, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Actor } from '../changes/actor.js';
import { CurrentActor } from '../identity/current-actor.decorator.js';
import type { AuditScope } from './audit-log.repository.js';
import { AuditService } from './audit.service.js';

type In<R extends keyof typeof registryRoutes> = RouteInput<(typeof registryRoutes)[R]>;

@Controller()
export class AuditController {
  constructor(private readonly audit: AuditService) {}

  @Route(registryRoutes.listAuditEvents)
  list(@CurrentActor() actor: Actor, @Input() { query }: In<'listAuditEvents'>): Promise<Page<AuditEvent>> {
    return this.audit.list(scopeOf(actor, query.scope), query);
  }

  /** Answers by itself: the stream is read as fast as the client takes it. */
  @Route(registryRoutes.exportAuditEvents)
  export(@CurrentActor() actor: Actor, @Input() { query }: In<'exportAuditEvents'>, @Res() reply: FastifyReply): void {
    const lines = Readable.from(this.audit.export(scopeOf(actor, query.scope), query), { objectMode: false });
    void reply.type('application/x-ndjson').header('cache-control', 'no-store').send(lines);
  }

  @Route(registryRoutes.verifyAuditEvents)
  verify(@Input() { query }: In<'verifyAuditEvents'>): Promise<AuditVerification> {
    return this.audit.verify(query);
  }

  @Route(registryRoutes.createAuditCheckpoint)
  createCheckpoint(@CurrentActor() actor: Actor): Promise<AuditCheckpoint> {
    return this.audit.createCheckpoint(actor);
  }
}

/** @throws AppError `forbidden` */
const scopeOf = ({ projectId, installationAdmin }: Actor, scope: 'project' | 'installation'): AuditScope => {
  if (scope === 'project') return { projectId };
  if (installationAdmin) return { projectId: null };
  throw new AppError('forbidden', 'Only an installation admin sees the changes of every project');
};
