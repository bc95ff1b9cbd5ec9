import type { GarbageReport } from '@kernelcast/contracts';
import { OBJECT_STORE, type ListedObject, type ObjectStore } from '@kernelcast/storage';
import { Inject, Injectable } from '@nestjs/common';
import { CandidatesRepository } from './candidates.repository.js';
import { nameObject, type NamedObject } from './object-names.js';
import { ReferencesRepository } from './references.repository.js';

/** Objects that are compared with the database at a time. */
const BATCH = 500;
const EXAMPLES = 20;
/** Who has announced a blob refers to it soon, or gives up. */
const ANNOUNCEMENT_HOLDS_MS = 24 * 3_600_000;

export interface CollectOptions {
  readonly collectionId: string;
  readonly dryRun: boolean;
  readonly minAgeSeconds: number;
  readonly signal: AbortSignal;
  readonly now: Date;
}

type Count = GarbageReport['seen'];
type Counts = Record<'seen' | 'candidates' | 'removed' | 'spared' | 'unknown', Count>;

const add = (count: Count, size: number): void => {
  count.objects += 1;
  count.bytes += size;
};
const nothing = (): Count => ({ objects: 0, bytes: 0 });

/** Finds objects that nothing refers to, notes them, looks at each again, and removes it. */
@Injectable()
export class Collector {
  constructor(
    private readonly references: ReferencesRepository,
    private readonly candidates: CandidatesRepository,
    @Inject(OBJECT_STORE) private readonly store: ObjectStore,
  ) {}

  /** @throws the reason of `signal`; a StorageError or an error of the database as it is */
  async collect(options: CollectOptions): Promise<GarbageReport> {
    const counts: Counts = {
      seen: nothing(),
      candidates: nothing(),
      removed: nothing(),
      spared: nothing(),
      unknown: nothing(),
    };
    await this.candidates.clear(options.collectionId);
    for await (const batch of this.oldObjects(options, counts)) await this.note(batch, options, counts);
    const examples = await this.candidates.list(options.collectionId, '', EXAMPLES);
    if (!options.dryRun) await this.removeCandidates(options, counts);
    return { ...counts, examples: examples.map(({ key, size }) => ({ key, size })) };
  }

  private async *oldObjects({ minAgeSeconds, now, signal }: CollectOptions, counts: Counts) {
    const newest = now.getTime() - minAgeSeconds * 1000;
    let batch: (ListedObject & NamedObject)[] = [];
    for await (const object of this.store.list()) {
      signal.throwIfAborted();
      add(counts.seen, object.size);
      const named = nameObject(object.key);
      if (!named) add(counts.unknown, object.size);
      else if (object.modifiedAt.getTime() <= newest) batch.push({ ...object, ...named });
      if (batch.length < BATCH) continue;
      yield batch;
      batch = [];
    }
    if (batch.length > 0) yield batch;
  }

  private async note(
    batch: readonly (ListedObject & NamedObject)[],
    { collectionId, now }: CollectOptions,
    counts: Counts,
  ): Promise<void> {
    const names = batch.map(({ name }) => name);
    const inUse = await this.references.inUse(names, announcedAfter(now));
    const garbage = batch.filter(({ name }) => !inUse.has(name));
    await this.candidates.add(collectionId, garbage);
    for (const { size } of garbage) add(counts.candidates, size);
  }

  private async removeCandidates({ collectionId, now, signal }: CollectOptions, counts: Counts): Promise<void> {
    for (let after = ''; ;) {
      const page = await this.candidates.list(collectionId, after, BATCH);
      for (const { key, size } of page) {
        signal.throwIfAborted();
        add((await this.remove(key, now)) ? counts.removed : counts.spared, size);
      }
      const last = page.at(-1);
      if (!last || page.length < BATCH) return;
      after = last.key;
    }
  }

  private async remove(key: string, now: Date): Promise<boolean> {
    const object = nameObject(key);
    if (!object || (await this.references.condemn(object.name, announcedAfter(now))) === 'spared') return false;
    return this.references.execute(object.name, () => this.store.delete(key));
  }
}

const announcedAfter = (now: Date): Date => new Date(now.getTime() - ANNOUNCEMENT_HOLDS_MS);
