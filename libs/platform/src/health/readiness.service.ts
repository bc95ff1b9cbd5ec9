import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { ReadinessCheck } from './health.options.js';

export interface Readiness {
  readonly status: 'ok' | 'unavailable';
  readonly checks: Readonly<Record<string, 'ok' | 'failed'>>;
}

/** A dependency that does not answer within this time counts as failed. */
const CHECK_TIMEOUT_MS = 2_000;

const withTimeout = async (check: ReadinessCheck): Promise<'ok' | 'failed'> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'failed'>((resolve) => {
    timer = setTimeout(() => resolve('failed'), CHECK_TIMEOUT_MS);
  });
  const answer = check().then(
    () => 'ok' as const,
    () => 'failed' as const,
  );
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
};

/** Whether this instance should get traffic: all its dependencies answer, and it is not shutting down. */
@Injectable()
export class ReadinessService implements BeforeApplicationShutdown {
  private readonly checks = new Map<string, ReadinessCheck>();
  private shuttingDown = false;

  /** Adds a dependency. Modules do this when they start. */
  register(name: string, check: ReadinessCheck): void {
    this.checks.set(name, check);
  }

  async check(): Promise<Readiness> {
    const results = await Promise.all(
      [...this.checks].map(async ([name, check]) => [name, await withTimeout(check)] as const),
    );
    const well = !this.shuttingDown && results.every(([, state]) => state === 'ok');
    return { status: well ? 'ok' : 'unavailable', checks: Object.fromEntries(results) };
  }

  beforeApplicationShutdown(): void {
    this.shuttingDown = true;
  }
}
