import { Database, type Tx } from '@kernelcast/database';
import { Injectable } from '@nestjs/common';
import { FORGET_AFTER_SECONDS, type ThrottleRule } from './throttle-rules.js';

/** An attempt that was let through, or how long to wait for the next one. */
export type Attempt = { readonly failures: number } | { readonly retryAfterSeconds: number };

/** Counts of attempts by key, by the database's clock: all replicas agree. */
@Injectable()
export class ThrottleRepository {
  constructor(private readonly db: Database) {}

  /**
   * Counts an attempt as a failure before it is made, so that of many at once only as many as are free get through:
   * each waits for the row, and finds what the one before it has left. The delay is that of `delayAfter`.
   */
  async attempt(tx: Tx, key: string, { free, maxDelaySeconds }: ThrottleRule): Promise<Attempt> {
    const [counted] = await tx.$queryRaw<{ failures: number }[]>`
      INSERT INTO login_throttles AS t (key, failures, last_failure_at, blocked_until)
      VALUES (${key}, 1, clock_timestamp(), clock_timestamp())
      ON CONFLICT (key) DO UPDATE SET
        failures = CASE WHEN t.last_failure_at < clock_timestamp() - make_interval(secs => ${FORGET_AFTER_SECONDS})
          THEN 1 ELSE t.failures + 1 END,
        last_failure_at = clock_timestamp(),
        blocked_until = clock_timestamp() + make_interval(secs => CASE
          WHEN t.last_failure_at < clock_timestamp() - make_interval(secs => ${FORGET_AFTER_SECONDS}) THEN 0
          WHEN t.failures + 1 <= ${free} THEN 0
          ELSE LEAST(${maxDelaySeconds}, power(2, LEAST(t.failures - ${free}, 30))) END)
      WHERE t.blocked_until <= clock_timestamp()
      RETURNING failures`;
    if (counted) return counted;
    const [blocked] = await tx.$queryRaw<{ seconds: number }[]>`
      SELECT EXTRACT(EPOCH FROM blocked_until - clock_timestamp())::float8 AS seconds
      FROM login_throttles WHERE key = ${key}`;
    return { retryAfterSeconds: Math.max(0, blocked?.seconds ?? 0) };
  }

  /** Forgets all failures of a key. */
  async clear(key: string): Promise<void> {
    await this.db.prisma.loginThrottle.deleteMany({ where: { key } });
  }

  /** Takes the last attempt back, as it succeeded; what failed before it still counts. */
  async takeBack(key: string, { free }: ThrottleRule): Promise<void> {
    await this.db.prisma.$executeRaw`
      UPDATE login_throttles SET
        failures = GREATEST(failures - 1, 0),
        blocked_until = CASE WHEN failures - 1 <= ${free} THEN clock_timestamp() ELSE blocked_until END
      WHERE key = ${key}`;
  }

  async deleteForgotten(): Promise<void> {
    const before = new Date(Date.now() - FORGET_AFTER_SECONDS * 1000);
    await this.db.prisma.loginThrottle.deleteMany({
      where: { lastFailureAt: { lt: before }, blockedUntil: { lt: new Date() } },
    });
  }
}
