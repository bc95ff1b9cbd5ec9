import type { FastifyInstance } from 'fastify';

export interface BodyParserOptions {
  /** Bytes of a JSON body. */
  readonly jsonLimitBytes: number;
  /** Media types whose body is handed over as a stream, unread and without a limit: the handler sets one. */
  readonly streamTypes: readonly string[];
}

/**
 * Replaces Fastify's parsers: JSON with a limit, where an empty body means "no body" (clients send the content type
 * even for operations that take none); streams as they are; every other type is refused with 415.
 */
export const useBodyParsers = (fastify: FastifyInstance, { jsonLimitBytes, streamTypes }: BodyParserOptions): void => {
  fastify.removeAllContentTypeParsers();
  const parseJson = fastify.getDefaultJsonParser('error', 'error');
  fastify.addContentTypeParser(
    'application/json',
    { parseAs: 'string', bodyLimit: jsonLimitBytes },
    (request, body, done) => {
      if (body === '') done(null, undefined);
      else void parseJson(request, body.toString(), done);
    },
  );
  for (const type of streamTypes) {
    fastify.addContentTypeParser(type, (_request, payload, done) => done(null, payload));
  }
};
