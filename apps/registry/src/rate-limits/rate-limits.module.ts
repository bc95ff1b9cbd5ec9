import { LocalRateLimiter, RedisRateLimiter, type Logger, type RateLimiter } from '@kernelcast/platform';
import { Module } from '@nestjs/common';
import { CONFIG, LOGGER, type RegistryConfig } from '../config/registry.config.js';
import { RATE_LIMITER, RateLimits } from './rate-limits.service.js';

const createLimiter = ({ REDIS_URL: url }: RegistryConfig, logger: Logger): RateLimiter =>
  url === undefined ? new LocalRateLimiter() : new RedisRateLimiter({ url, logger });

@Module({
  providers: [{ provide: RATE_LIMITER, useFactory: createLimiter, inject: [CONFIG, LOGGER] }, RateLimits],
  exports: [RateLimits],
})
export class RateLimitsModule {}
