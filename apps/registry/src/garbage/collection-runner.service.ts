import { randomUUID } from 'node:crypto';
import type { GarbageCollection, GarbageReport } from '@kernelcast/contracts';
import { Inject, Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { systemIn } from '../changes/actor.js';
import { Changes } from '../changes/changes.service.js';
import { CONFIG, type RegistryConfig } from '../config/registry.config.js';
import { Periodic } from '../housekeeping/periodic.js';
import { Collector } from './collector.service.js';
import { CollectionsRepository } from './collections.repository.js';
import { ReferencesRepository } from './references.repository.js';

/** Milliseconds between two looks for a collection that waits or is due. */
const INTERVAL_MS = 30_000;
const LEASE_MS = 300_000;
const HEARTBEAT_MS = LEASE_MS / 5;
/** Marks are of no use to anybody after that. */
const MARKS_KEPT_MS = 90 * 86_400_000;

/** Does the garbage collections that are asked for or due. Any number of registries may: each is done by one of them. */
@Injectable()
export class CollectionRunner implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger(CollectionRunner.name);
  private readonly owner = randomUUID();
  private readonly stopping = new AbortController();
  private readonly startedAt = Date.now();
  private readonly looking = new Periodic({
    name: CollectionRunner.name,
    intervalMs: INTERVAL_MS,
    work: () => this.look(),
    onFault: 'garbage stays for now',
  });

  constructor(
    private readonly collections: CollectionsRepository,
    private readonly collector: Collector,
    private readonly references: ReferencesRepository,
    private readonly changes: Changes,
    @Inject(CONFIG) private readonly config: RegistryConfig,
  ) {}

  onApplicationBootstrap(): void {
    // Nobody waits for a collection before they are served.
    void this.looking.start();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort(new Error('the registry stops'));
    await this.looking.stop();
  }

  /** There is a collection to do: look now. */
  wake(): void {
    void this.looking.run();
  }

  private async look(): Promise<void> {
    if (this.stopping.signal.aborted) return;
    await this.createDue();
    const lease = { owner: this.owner, ms: LEASE_MS };
    for (let next = await this.collections.take(lease); next; next = await this.collections.take(lease)) {
      await this.run(next);
      if (this.stopping.signal.aborted) return;
    }
  }

  private async createDue(): Promise<void> {
    const { KERNELCAST_GC_INTERVAL_SECONDS: interval, KERNELCAST_GC_MIN_AGE_SECONDS: minAgeSeconds } = this.config;
    if (interval === 0) return;
    const last = (await this.collections.lastCreatedAt())?.getTime() ?? this.startedAt;
    if (Date.now() - last < interval * 1000) return;
    const author = systemIn(null);
    await this.changes.commit(author, async (tx) => {
      const made = await this.collections.create(tx, { dryRun: false, minAgeSeconds, requestedBy: author.id });
      if (!made) return { result: null };
      const audit = { action: 'garbage_collection.create', resource: made.id, after: { dryRun: false, minAgeSeconds } };
      return { result: null, audit };
    });
  }

  private async run(collection: GarbageCollection): Promise<void> {
    const { id } = collection;
    const lost = new AbortController();
    const heartbeat = setInterval(() => void this.beat(id, lost), HEARTBEAT_MS);
    try {
      const outcome = await this.collect(collection, AbortSignal.any([this.stopping.signal, lost.signal]));
      if (this.stopping.signal.aborted) await this.collections.release(id, this.owner);
      else if (!lost.signal.aborted) await this.finish(collection, outcome);
    } finally {
      clearInterval(heartbeat);
    }
  }

  private async collect(
    { id: collectionId, dryRun, minAgeSeconds }: GarbageCollection,
    signal: AbortSignal,
  ): Promise<GarbageReport | { error: string }> {
    try {
      const now = new Date();
      const report = await this.collector.collect({ collectionId, dryRun, minAgeSeconds, signal, now });
      if (!dryRun) await this.references.forgetMarks(new Date(now.getTime() - MARKS_KEPT_MS));
      return report;
    } catch (error) {
      this.logger.warn(`${collectionId} broke off: ${String(error)}`);
      return { error: 'It broke off; what was not removed stays for the next one' };
    }
  }

  private async beat(id: string, lost: AbortController): Promise<void> {
    const held = await this.collections.prolong(id, { owner: this.owner, ms: LEASE_MS }).catch(() => true);
    if (!held) lost.abort(new Error('another registry does this collection'));
  }

  private async finish({ id, dryRun }: GarbageCollection, outcome: GarbageReport | { error: string }): Promise<void> {
    const author = systemIn(null);
    await this.changes.commit(author, async (tx) => {
      if (!(await this.collections.finish(tx, id, this.owner, outcome))) return { result: null };
      const { removed, spared } = 'error' in outcome ? { removed: null, spared: null } : outcome;
      const after = 'error' in outcome ? outcome : { dryRun, removed, spared };
      return { result: null, audit: { action: 'garbage_collection.finish', resource: id, after } };
    });
  }
}
