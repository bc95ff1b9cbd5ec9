import type { RouteDefinition } from '@kernelcast/contracts';
import type { FastifyInstance } from 'fastify';
import { AppError } from '../errors/app-error.js';

const toPattern = (path: string): RegExp => new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`);

/** Answers 405 with `Allow` (RFC 9110, section 15.5.6) where a path of the table is called with a method it does not take. */
export const useAllowedMethods = (
  fastify: FastifyInstance,
  routes: Readonly<Record<string, RouteDefinition>>,
): void => {
  const known = Object.values(routes).map(({ path, method }) => ({ pattern: toPattern(path), method }));
  fastify.addHook('onRequest', (request, reply, done) => {
    if (!request.is404) return done();
    const path = request.url.split('?')[0] ?? '';
    const methods = known.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method.toUpperCase());
    // What can be got can be asked about: Fastify answers HEAD wherever it answers GET.
    const allowed = [...new Set(methods.flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])))];
    if (allowed.length === 0) return done();
    void reply.header('allow', allowed.join(', '));
    done(new AppError('method_not_allowed', `This path takes ${allowed.join(', ')}.`));
  });
};
