import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { RouteDefinition } from '@kernelcast/contracts';
import type { FastifyInstance, FastifyServerOptions } from 'fastify';
import type { Logger } from 'pino';
import { ProblemFilter } from '../errors/problem.filter.js';
import type { ErrorClassifier } from '../errors/to-app-error.js';
import { HttpMetrics } from '../health/http-metrics.js';
import { NestLogger } from '../logging/nest-logger.js';
import { useAccessLog } from './access-log.js';
import { useAllowedMethods } from './allowed-methods.js';
import { useBodyParsers } from './body-parsers.js';
import { ConcurrencyInterceptor } from './concurrency.interceptor.js';
import { ContractInterceptor } from './contract.interceptor.js';
import { useRequestContext } from './request-context.js';
import { REQUEST_ID_HEADER, requestIdOf } from './request-ids.js';
import { assertRoutesServed } from './route-table.js';

export interface HttpOptions {
  readonly logger: Logger;
  /** Operations this service must serve; the boot fails when one has no handler or several. */
  readonly routes?: Readonly<Record<string, RouteDefinition>>;
  /** Operations answered outside of Nest's controllers. */
  readonly servedElsewhere?: readonly string[];
  /** Codes for errors of libraries, e.g. a database that cannot be reached. */
  readonly classify?: ErrorClassifier;
  /** Media types handed over as streams, such as `application/zip`. */
  readonly streamTypes?: readonly string[];
  readonly jsonLimitBytes?: number;
  /** Proxies in front of us, whose `X-Forwarded-For` is believed; none by default. */
  readonly trustProxy?: FastifyServerOptions['trustProxy'];
  /** Further options of Fastify, e.g. a `serverFactory` with a fast path. */
  readonly fastify?: FastifyServerOptions;
  /** Runs before Nest binds its routes: the place for Fastify plugins. */
  readonly configure?: (fastify: FastifyInstance, app: NestFastifyApplication) => void | Promise<void>;
}

/** Largest JSON body: a page of device reports or the labels of a task fit well; anything larger is streamed. */
const DEFAULT_JSON_LIMIT_BYTES = 1_048_576;
/**
 * Milliseconds in which a request, body included, must have arrived. Fastify sets no bound of its own, and a client that
 * sends a byte now and then would hold its connection for ever.
 */
const DEFAULT_REQUEST_TIMEOUT_MS = 120_000;
/** Environment variable by which tests ask that every answer be held against its contract. */
const CHECK_RESPONSES = 'KERNELCAST_CHECK_RESPONSES';

/**
 * Builds a service's HTTP application, ready to listen: request ids, problem+json for every error, body parsers with
 * limits, contract checks, access log and HTTP metrics. The same for all services, so that they behave alike.
 */
export const bootstrapHttp = async (
  module: Type | DynamicModule,
  options: HttpOptions,
): Promise<NestFastifyApplication> => {
  const { logger } = options;
  const problems = new ProblemFilter(logger, options.classify);
  const app = await NestFactory.create<NestFastifyApplication>(module, createAdapter(options, problems), {
    logger: new NestLogger(logger),
    bodyParser: false,
    abortOnError: false,
  });
  app.useGlobalFilters(problems);
  app.useGlobalInterceptors(
    new ContractInterceptor({ checkResponses: process.env[CHECK_RESPONSES] === '1' }),
    new ConcurrencyInterceptor(),
  );
  const fastify = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  useRequestContext(fastify);
  fastify.addHook('onRequest', (request, reply, done) => {
    void reply.header(REQUEST_ID_HEADER, request.id);
    done();
  });
  if (options.routes) useAllowedMethods(fastify, options.routes);
  useAccessLog(fastify, logger);
  app.get(HttpMetrics, { strict: false }).observe(fastify);
  const { streamTypes = [], jsonLimitBytes = DEFAULT_JSON_LIMIT_BYTES } = options;
  useBodyParsers(fastify, { jsonLimitBytes, streamTypes });
  await options.configure?.(fastify, app);
  await app.init();
  if (options.routes) assertRoutesServed(app, options.routes, options.servedElsewhere);
  return app;
};

const createAdapter = (options: HttpOptions, problems: ProblemFilter): FastifyAdapter => {
  // What Fastify's router refuses, such as a URL that cannot be decoded, reaches neither hooks nor Nest's filters.
  const frameworkErrors: FastifyServerOptions['frameworkErrors'] = (error, request, reply) =>
    problems.answer(error, request, reply);
  return new FastifyAdapter({
    frameworkErrors,
    genReqId: requestIdOf,
    trustProxy: options.trustProxy ?? false,
    forceCloseConnections: 'idle',
    requestTimeout: DEFAULT_REQUEST_TIMEOUT_MS,
    ...options.fastify,
  });
};
