import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { registryOpenApi } from '@kernelcast/contracts';
import { entityTag, matchesTag } from '@kernelcast/platform';
import { Controller, Get, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ApiDescription } from './openapi.types.js';
import { apiDocsPage } from './page-view.js';

/** Only the page's own two files may be loaded; nothing runs or is styled inline, nothing is sent anywhere. */
const HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
};

interface StaticText {
  readonly type: string;
  readonly text: string;
  readonly tag: string;
}

const textOf = (type: string, text: string): StaticText => ({
  type: `${type}; charset=utf-8`,
  text,
  tag: entityTag(`sha256:${createHash('sha256').update(text).digest('hex')}`),
});
const fileOf = (type: string, name: string): StaticText =>
  textOf(type, readFileSync(new URL(`../../static/api-docs/${name}`, import.meta.url), 'utf8'));

/** The API for people, on a page that needs nothing from elsewhere. */
@Controller()
export class ApiDocsController {
  /** Made when it is first asked for. */
  private page: StaticText | undefined;
  private readonly style = fileOf('text/css', 'page.css');
  private readonly script = fileOf('text/javascript', 'page.js');

  @Get('/docs')
  getPage(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    this.page ??= textOf('text/html', apiDocsPage(registryOpenApi() as unknown as ApiDescription));
    send(this.page, request, reply);
  }

  @Get('/docs/page.css')
  getStyle(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    send(this.style, request, reply);
  }

  @Get('/docs/page.js')
  getScript(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    send(this.script, request, reply);
  }
}

const send = ({ type, text, tag }: StaticText, { headers }: FastifyRequest, reply: FastifyReply): void => {
  void reply.headers({ ...HEADERS, etag: tag });
  if (matchesTag(headers['if-none-match'], tag)) void reply.code(304).send();
  else void reply.type(type).send(text);
};
