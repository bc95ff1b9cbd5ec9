import type { IncomingMessage, ServerResponse } from 'node:http';
import { deviceRoutes, POLL_AFTER_HEADER } from '@kernelcast/contracts';
import { Injectable } from '@nestjs/common';
import { Counter, Registry } from 'prom-client';
import { ManifestPolls } from './manifest-polls.service.js';

const PATH = deviceRoutes.getManifest.path;
const NO_WAIT = `${PATH}?wait=0`;

/**
 * Answers the idle poll (GET, nothing new, no waiting) on connections that were passed on to Node's HTTP server, such as
 * those of a proxy that mixes requests: in front of Fastify and Nest it costs half. The rest goes the usual way.
 */
@Injectable()
export class IdlePollPath {
  private readonly answered: Counter;

  constructor(
    private readonly polls: ManifestPolls,
    registry: Registry,
  ) {
    this.answered = new Counter({
      name: 'kernelcast_idle_polls_total',
      help: 'Polls answered 304 before the framework, on connections that asked for other things too',
      registers: [registry],
    });
  }

  /** @returns whether the request was answered */
  tryAnswer(request: IncomingMessage, response: ServerResponse): boolean {
    const { url, method, headers } = request;
    if (method !== 'GET' || (url !== PATH && url !== NO_WAIT)) return false;
    const answer = this.polls.idle(headers.authorization, headers['if-none-match']);
    if (answer === undefined) return false;
    response.writeHead(304, {
      etag: answer.manifest.etag,
      'cache-control': 'private, no-cache',
      [POLL_AFTER_HEADER]: answer.pollAfterSeconds,
    });
    response.end();
    this.answered.inc();
    return true;
  }
}
