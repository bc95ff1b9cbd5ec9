import type { FastifyInstance, FastifyRequest } from 'fastify';
import { continueTrace } from '../trace/trace-context.js';
import { contextFields, runInContext, type WorkContext } from '../trace/work-context.js';

const contexts = new WeakMap<FastifyRequest, WorkContext>();

const contextOf = (request: FastifyRequest): WorkContext => {
  const known = contexts.get(request) ?? {
    requestId: request.id,
    trace: continueTrace(request.headers['traceparent']),
  };
  contexts.set(request, known);
  return known;
};

/** Does all that a request asks for in its context: its id, and the trace that its `traceparent` names. */
export const useRequestContext = (fastify: FastifyInstance): void => {
  fastify.addHook('onRequest', (request, _reply, done) => runInContext(contextOf(request), done));
  // Events of the body come from the connection, which has no context: what follows them needs it once more.
  fastify.addHook('preValidation', (request, _reply, done) => runInContext(contextOf(request), done));
};

/** What log lines about a request name it by. */
export const requestFields = (request: FastifyRequest) => contextFields(contextOf(request));
