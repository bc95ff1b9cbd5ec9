import { randomBytes } from 'node:crypto';
import { utimes } from 'node:fs/promises';
import { DEFAULT_PROJECT_ID, type Digest } from '@kernelcast/contracts';
import { announceObject, createDatabase, isObjectRemoved, newId, type Database } from '@kernelcast/database';
import { blobKey, createObjectStore, putBlob, type ObjectStore, type StorageConfig } from '@kernelcast/storage';
import { createTestDatabase, startS3, tempDir, waitFor } from '@kernelcast/testing';
import { CandidatesRepository } from './candidates.repository.js';
import { Collector } from './collector.service.js';
import { ReferencesRepository } from './references.repository.js';

const DAY_MS = 86_400_000;
const MIN_AGE_SECONDS = 3600;

const s3 = await startS3();
const folder = tempDir('garbage');
const test = await createTestDatabase();
const database: Database = createDatabase(test.url, { max: 8 });
const datasetId = newId('dataset');
beforeAll(async () => {
  await database.prisma.dataset.create({
    data: { id: datasetId, projectId: DEFAULT_PROJECT_ID, name: 'garbage', description: '' },
  });
});
afterAll(async () => {
  await database.close();
  await test.drop();
  folder.remove();
  await s3?.stop();
});

let versions = 0;
const refer = async (digest: Digest): Promise<void> => {
  const data = { id: newId('datasetVersion'), projectId: DEFAULT_PROJECT_ID, datasetId, version: ++versions };
  const found = { state: 'ready' as const, digest, size: 64n, labels: ['a', 'b'], images: 2 };
  await database.prisma.datasetVersion.create({ data: { ...data, ...found } });
};

/** Places of a collection where others may do something. */
const STEPS = [
  'before the first look',
  'after the first look',
  'before the second look',
  'locked, before the second look',
  'locked, after the second look',
  'condemned',
  'locked, before the removal',
  'locked, after the removal',
  'after the removal',
] as const;
type Step = (typeof STEPS)[number];
type At = (step: Step) => Promise<void>;

class SteppedReferences extends ReferencesRepository {
  constructor(
    db: Database,
    private readonly at: At,
  ) {
    super(db);
  }

  override async inUse(...args: Parameters<ReferencesRepository['inUse']>): Promise<Set<string>> {
    const [before, after] = args[2]
      ? (['locked, before the second look', 'locked, after the second look'] as const)
      : (['before the first look', 'after the first look'] as const);
    await this.at(before);
    const inUse = await super.inUse(...args);
    await this.at(after);
    return inUse;
  }

  override async condemn(...args: Parameters<ReferencesRepository['condemn']>) {
    await this.at('before the second look');
    const sentence = await super.condemn(...args);
    if (sentence === 'condemned') await this.at('condemned');
    return sentence;
  }

  override async execute(name: string, remove: () => Promise<void>): Promise<boolean> {
    const removed = await super.execute(name, async () => {
      await this.at('locked, before the removal');
      await remove();
      await this.at('locked, after the removal');
    });
    await this.at('after the removal');
    return removed;
  }
}

const collect = async (
  store: ObjectStore,
  {
    now = new Date(),
    dryRun = false,
    at = async () => undefined,
  }: {
    now?: Date;
    dryRun?: boolean;
    at?: At;
  } = {},
) => {
  const { id: collectionId } = await database.prisma.garbageCollection.create({
    data: {
      id: newId('garbageCollection'),
      dryRun,
      minAgeSeconds: MIN_AGE_SECONDS,
      requestedBy: 'test',
      state: 'failed',
      error: 'none',
      finishedAt: now,
    },
  });
  const collector = new Collector(new SteppedReferences(database, at), new CandidatesRepository(database), store);
  const signal = new AbortController().signal;
  return collector.collect({ collectionId, dryRun, minAgeSeconds: MIN_AGE_SECONDS, now, signal });
};

/** Where a writer may be when a collection passes by. */
const POINTS = ['before announcing', 'before looking', 'before putting', 'before referring'] as const;
type Point = (typeof POINTS)[number];

/** Stores a blob and refers to it, waiting at one point until it is let on. */
const startWriter = (
  store: ObjectStore,
  bytes: Uint8Array,
  { waitAt, announces }: { waitAt: Point; announces: boolean },
) => {
  let letOn = (): void => undefined;
  const open = new Promise<void>((resolve) => (letOn = resolve));
  let arrived = (): void => undefined;
  const waiting = new Promise<void>((resolve) => (arrived = resolve));
  const pass = async (point: Point): Promise<void> => {
    if (point !== waitAt) return;
    arrived();
    await open;
  };
  const slow: Pick<ObjectStore, 'announce' | 'stat' | 'put'> = {
    announce: async (digest) => {
      await pass('before announcing');
      if (announces) await announceObject(database, digest);
      await pass('before looking');
    },
    stat: async (key) => {
      const found = await store.stat(key);
      await pass('before putting');
      return found;
    },
    put: (key, body) => store.put(key, body),
  };
  const write = async (): Promise<'committed' | 'refused'> => {
    const digest = await putBlob(slow as ObjectStore, bytes);
    await pass('before referring');
    try {
      await refer(digest);
      return 'committed';
    } catch (error) {
      if (isObjectRemoved(error)) return 'refused';
      throw error;
    }
  };
  return { waiting, letOn: () => letOn(), outcome: write() };
};

/** The writer has ended, or waits for a lock that the collection holds. */
const settled = async (outcome: Promise<unknown>): Promise<void> => {
  let done = false;
  void outcome.finally(() => (done = true)).catch(() => undefined);
  await waitFor('the writer to end or to wait for a lock', async () => {
    if (done) return true;
    const [row] = await database.prisma.$queryRaw<{ waiting: bigint }[]>`
      SELECT count(*) AS waiting FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`;
    return (row?.waiting ?? 0n) > 0n;
  });
};

interface Race {
  readonly store: ObjectStore;
  /** Makes a blob older than the least age of garbage. */
  readonly age: (key: string) => Promise<void>;
  readonly now: Date;
  readonly point: Point;
  readonly step: Step;
  readonly announces?: boolean;
}

/** A writer deduplicates onto an old blob that nobody refers to while a collection passes it. @returns what is left */
const race = async ({ store, age, now, point, step, announces = true }: Race) => {
  const bytes = randomBytes(64);
  const digest = await putBlob(store, bytes);
  await age(blobKey(digest));
  const writer = startWriter(store, bytes, { waitAt: point, announces });
  await writer.waiting;
  let reached = false;
  const at: At = async (here) => {
    if (here !== step || reached) return;
    reached = true;
    writer.letOn();
    await settled(writer.outcome);
  };
  await collect(store, { now, at });
  writer.letOn();
  const outcome = await writer.outcome;
  return { bytes, digest, outcome, there: (await store.stat(blobKey(digest))) !== null };
};

const local: StorageConfig = { kind: 'local', folder: folder.path };
/** Where a writer takes a blob for stored that then goes: the other points are the same for every store. */
const LATE_POINTS = ['before putting', 'before referring'] as const;
const stores: [string, StorageConfig, readonly Point[]][] = [['a local directory', local, POINTS]];
if (s3) stores.push([`S3 (${s3.server})`, { kind: 's3', forcePathStyle: true, ...s3 }, LATE_POINTS]);

describe.each(stores)('a garbage collection of %s', (_, config, points) => {
  const store = createObjectStore(config);
  afterAll(() => store.close());
  // Objects of S3 cannot be made older; there the collection lives in the future.
  const future = new Date(Date.now() + 2 * DAY_MS);

  it('removes what nothing refers to and leaves what something does, or what it does not know', async () => {
    const [kept, garbage] = [await putBlob(store, randomBytes(64)), await putBlob(store, randomBytes(64))];
    await refer(kept);
    await store.put('incoming/broken-off', randomBytes(8));
    await store.put('audit/last-checkpoint.json', randomBytes(8));
    await store.put('checkpoints/job_1/token/3', randomBytes(8));
    expect((await collect(store)).candidates.objects).toBe(0);
    const dry = await collect(store, { now: future, dryRun: true });
    expect(dry).toMatchObject({
      candidates: { objects: 3, bytes: 80 },
      removed: { objects: 0 },
      unknown: { objects: 1 },
    });
    expect(dry.examples.map(({ key }) => key)).toContain(blobKey(garbage));
    const report = await collect(store, { now: future });
    expect(report).toMatchObject({ removed: { objects: 3, bytes: 80 }, spared: { objects: 0 } });
    const left: string[] = [];
    for await (const { key } of store.list()) left.push(key);
    expect(left.sort()).toEqual(['audit/last-checkpoint.json', blobKey(kept)]);
    await store.delete('audit/last-checkpoint.json');
  });

  it('leaves what was announced within a day, however old the object is', async () => {
    const digest = await putBlob(store, randomBytes(64));
    await announceObject(database, digest);
    const soon = new Date(Date.now() + 2 * MIN_AGE_SECONDS * 1000);
    expect((await collect(store, { now: soon })).removed.objects).toBe(0);
    expect((await collect(store, { now: future })).removed.objects).toBe(1);
    await expect(refer(digest)).rejects.toThrow('was removed from the store');
  });

  it.each(STEPS)('never leaves a reference to a removed blob when a writer comes %s', async (step) => {
    for (const point of points) {
      const { bytes, outcome, there } = await race({ store, age: async () => undefined, now: future, point, step });
      // Announcements do not count in that future: what holds is the lock and the mark.
      expect([point, outcome === 'refused' || there]).toEqual([point, true]);
      if (outcome === 'committed') continue;
      const again = startWriter(store, bytes, { waitAt: 'before referring', announces: true });
      again.letOn();
      expect(await again.outcome).toBe('committed');
    }
    for await (const row of referred(points.length))
      expect([row, await store.stat(blobKey(row))]).toEqual([row, { size: 64 }]);
  });
});

const referred = async function* (latest: number): AsyncGenerator<Digest> {
  const rows = await database.prisma.datasetVersion.findMany({ where: { datasetId }, orderBy: { version: 'asc' } });
  // The other store's are not here.
  for (const { digest } of rows.slice(-latest)) yield digest as Digest;
};

describe('a garbage collection while blobs are written', () => {
  const store = createObjectStore(local);
  const age = (key: string) => {
    const old = new Date(Date.now() - 2 * DAY_MS);
    return utimes(store.localPath?.(key) ?? '', old, old);
  };

  it.each(STEPS)('refuses no writer that announced a blob before, nor makes one write in vain, %s', async (step) => {
    for (const point of LATE_POINTS) {
      const { outcome, there } = await race({ store, age, now: new Date(), point, step });
      expect([point, outcome, there]).toEqual([point, 'committed', true]);
    }
  });

  it('would lose blobs without announcements, lock and marks', async () => {
    await database.prisma.$executeRaw`ALTER TABLE dataset_versions DISABLE TRIGGER dataset_versions_objects`;
    const lost = {
      store,
      age,
      now: new Date(),
      point: 'before putting',
      step: 'after the removal',
      announces: false,
    } as const;
    expect(await race(lost)).toMatchObject({ outcome: 'committed', there: false });
    await database.prisma.$executeRaw`ALTER TABLE dataset_versions ENABLE TRIGGER dataset_versions_objects`;
  });
});
