import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import type { ReadinessCheck } from './health.options.js';

export interface Readiness {
  readonly status: 'ok' | 'unavailable';
  readonly checks: Readonly<Record<string, 'ok' | 'failed'>>;
  /** What some of them say besides, such as how far a start has come. */
  readonly details?: Readonly<Record<string, string>>;
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
  private readonly describers = new Map<string, () => string | undefined>();
  private shuttingDown = false;

  /**
   * Adds a dependency. Modules do this when they start.
   * @param describe one line for people, if there is something to say
   */
  register(name: string, check: ReadinessCheck, describe?: () => string | undefined): void {
    this.checks.set(name, check);
    if (describe !== undefined) this.describers.set(name, describe);
  }

  async check(): Promise<Readiness> {
    const results = await Promise.all(
      [...this.checks].map(async ([name, check]) => [name, await withTimeout(check)] as const),
    );
    const well = !this.shuttingDown && results.every(([, state]) => state === 'ok');
    const details = [...this.describers].flatMap(([name, describe]) => {
      const text = describe();
      return text === undefined ? [] : [[name, text]];
    });
    return {
      status: well ? 'ok' : 'unavailable',
      checks: Object.fromEntries(results),
      ...(details.length > 0 && { details: Object.fromEntries(details) }),
    };
  }

  beforeApplicationShutdown(): void {
    this.shuttingDown = true;
  }
}
