export { ConfigError, environmentShapes, readConfig } from './config/config.js';
export {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from './embedded-postgres/embedded-postgres.js';
export { EmbeddedPostgresError, type EmbeddedPostgresErrorCode } from './embedded-postgres/embedded-postgres.errors.js';
export { AppError, type AppErrorOptions, type RequestFault } from './errors/app-error.js';
export { PROBLEM_CONTENT_TYPE, toProblem } from './errors/problem.js';
export { toAppError, type ErrorClassifier } from './errors/to-app-error.js';
export { fleetEventsTransport, type FleetEventsAddress } from './events/fleet-events.transport.js';
export { HealthModule } from './health/health.module.js';
export type { HealthOptions, ReadinessCheck } from './health/health.options.js';
export { ReadinessService, type Readiness } from './health/readiness.service.js';
export { bootstrapHttp, type HttpOptions } from './http/bootstrap-http.js';
export { parseRange } from './http/byte-range.js';
export { entityTag, matchesTag, rangeHolds } from './http/entity-tag.js';
export { assertPrecondition, preconditionOf, type Precondition } from './http/representation.js';
export { REQUEST_ID_HEADER, requestIdOf } from './http/request-ids.js';
export { BodyStream, Input, parseInput, Route, routeOf, routeOfMethod, toNestPath } from './http/route.decorator.js';
export { assertRoutesServed, RouteTableError } from './http/route-table.js';
export { sendContent, type ImmutableContent } from './http/send-content.js';
export { createLogger, type Logger, type LoggerOptions, type LogLevel } from './logging/logger.js';
export { NestLogger } from './logging/nest-logger.js';
export { networkOf } from './rate-limit/network-of.js';
export { rateLimitHeaders, retryAfterSeconds } from './rate-limit/rate-limit-headers.js';
export { LocalRateLimiter, type RateLimiter, type RatePolicy } from './rate-limit/rate-limiter.js';
export { RedisRateLimiter } from './rate-limit/redis-rate-limiter.js';
export { TokenBuckets, type BucketRule, type Taking, type TokenBucketsOptions } from './rate-limit/token-buckets.js';
export { isMember, membershipBound } from './rollouts/membership.js';
export { byPrecedence, type Precedence } from './rollouts/precedence.js';
export { hashSecret } from './secrets/hash-secret.js';
export { listen, type ListenOptions } from './service/listen.js';
export { runService, type HostProcess, type RunningService, type RunServiceOptions } from './service/run-service.js';
export { SealedKeyVault, type KeyVault, type SealedKey } from './signing-keys/key-vault.js';
export { loadSigner, type SealedKeyStore } from './signing-keys/load-signer.js';
export { currentTraceparent, runInTrace } from './trace/work-context.js';
export { freePort } from './supervised-process/free-port.js';
export {
  startSupervised,
  type SupervisedCommand,
  type SupervisedProcess,
} from './supervised-process/supervised-process.js';
