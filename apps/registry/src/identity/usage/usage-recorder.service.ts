import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { Periodic } from '../../housekeeping/periodic.js';
import { UsageRepository, type Used } from './usage.repository.js';

/** How often uses are written: what is shown as last used is that much behind. */
const INTERVAL_MS = 60_000;

/** Remembers when credentials were used, and writes it now and then: not one write for each request. */
@Injectable()
export class UsageRecorder implements OnApplicationBootstrap, OnModuleDestroy {
  private used: Record<Used, Map<string, Date>> = { apiKey: new Map(), session: new Map() };
  private readonly writing = new Periodic({
    name: UsageRecorder.name,
    intervalMs: INTERVAL_MS,
    work: () => this.flush(),
    onFault: 'when credentials were last used is not written for now',
  });

  constructor(private readonly usage: UsageRepository) {}

  onApplicationBootstrap(): Promise<void> {
    return this.writing.start();
  }

  /** Writes what is left. */
  async onModuleDestroy(): Promise<void> {
    await this.writing.stop();
    await this.flush().catch(() => undefined);
  }

  record(kind: Used, id: string): void {
    this.used[kind].set(id, new Date());
  }

  async flush(): Promise<void> {
    const { apiKey, session } = this.used;
    this.used = { apiKey: new Map(), session: new Map() };
    await this.usage.write('apiKey', apiKey);
    await this.usage.write('session', session);
  }
}
