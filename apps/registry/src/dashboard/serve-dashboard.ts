import { existsSync } from 'node:fs';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { dashboardFile } from './dashboard-files.js';

/**
 * Scripts only from our own files; styles may be inline, as the component library sets sizes that way; nothing may be
 * loaded from or sent to elsewhere, and nobody may frame us.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS = {
  'content-security-policy': CONTENT_SECURITY_POLICY,
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'x-frame-options': 'DENY',
};

/** Serves the built dashboard from a folder, for every path that no operation of the API answers. */
export const serveDashboard = async (fastify: FastifyInstance, folder: string | undefined): Promise<void> => {
  fastify.addHook('onRequest', (_request, reply, done) => {
    void reply.header('x-content-type-options', 'nosniff');
    done();
  });
  if (folder === undefined || !existsSync(path.join(folder, 'index.html'))) return;
  await fastify.register(fastifyStatic, { root: path.resolve(folder), serve: false });
  fastify.get('/*', (request, reply) => {
    const answer = dashboardFile(new URL(request.url, 'http://localhost').pathname);
    if (!answer) return reply.callNotFound();
    const { file, immutable } = answer;
    return reply.headers(HEADERS).sendFile(file, immutable ? { maxAge: '365d', immutable } : { maxAge: 0 });
  });
};
