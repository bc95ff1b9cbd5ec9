import { DEFAULT_PROJECT_ID as projectId } from '@kernelcast/contracts';
import { createDatabase, newId, type Database } from '@kernelcast/database';
import { loadBuiltinBaseNetwork } from '@kernelcast/nets/node';
import { createLogger } from '@kernelcast/platform';
import { createQueueSystem, enqueue, OutboxRelay, trainingQueue, trainingQueues } from '@kernelcast/queue';
import { createObjectStore, putBlob, type ObjectStore } from '@kernelcast/storage';
import { waitFor } from '@kernelcast/testing';
import { digits } from '../support/digits.js';

const BASE = 'resnet14-cifar10';
/** Jobs that differ in what their result depends on. */
const RECIPES = [
  { seed: 1n, method: 'km', steps: 9 },
  { seed: 2n, method: 'km', steps: 14 },
  { seed: 3n, method: 'head', steps: 20 },
  { seed: 4n, method: 'km', steps: 20 },
] as const;

/** While servers are down. */
const PATIENCE_MS = 120_000;

export interface ChaosJobsOptions {
  readonly databaseUrl: string;
  readonly redisUrl: string | undefined;
  readonly objects: string;
}

interface Subject {
  readonly taskId: string;
  readonly datasetVersionId: string;
  readonly baseNetworkId: string;
}

/** Puts small jobs into the line as the registry does, and knows what became of them. */
export class ChaosJobs {
  /** By job: which recipe it follows. */
  private readonly recipes = new Map<string, number>();

  private constructor(
    readonly database: Database,
    private readonly subject: Subject,
    private readonly relay: OutboxRelay,
    private readonly dispose: () => Promise<void>,
  ) {}

  static async open({ databaseUrl, redisUrl, objects }: ChaosJobsOptions): Promise<ChaosJobs> {
    const database = createDatabase(databaseUrl);
    const store = createObjectStore({ kind: 'local', folder: objects });
    const subject = await createSubject(database, store);
    const queues = createQueueSystem({ databaseUrl, redisUrl });
    const logger = createLogger({ service: 'chaos', level: 'silent' });
    const relay = new OutboxRelay({ database, queues, definitions: trainingQueues(false), logger });
    relay.start();
    const dispose = async (): Promise<void> => {
      await relay.stop();
      await queues.close();
      await database.close();
      await store.close();
    };
    return new ChaosJobs(database, subject, relay, dispose);
  }

  /** One job of each recipe. */
  async submitAll(): Promise<void> {
    for (const [index, recipe] of RECIPES.entries()) {
      const id = newId('trainingJob');
      await waitFor('a job to be accepted', () => this.submit(id, recipe), PATIENCE_MS);
      this.recipes.set(id, index);
    }
    this.relay.kick();
  }

  /** How many jobs have ended; throws while the database is away. */
  async ended(): Promise<number> {
    return this.database.prisma.trainingJob.count({ where: { state: { in: ['succeeded', 'failed', 'cancelled'] } } });
  }

  get submitted(): number {
    return this.recipes.size;
  }

  /** Every job with all that tells whether it was lost, doubled or spoilt. */
  async outcomes() {
    const jobs = await this.database.prisma.trainingJob.findMany({
      orderBy: { id: 'asc' },
      include: { result: true, events: { where: { type: 'state' }, orderBy: { id: 'asc' } } },
    });
    const versions = await this.database.prisma.modulatorVersion.findMany({ orderBy: { version: 'asc' } });
    return {
      jobs: jobs.map(({ id, state, attempt, errorMessage, result, events }) => ({
        id,
        recipe: this.recipes.get(id),
        state,
        attempt,
        errorMessage,
        digest: result?.digest,
        successes: events.filter(({ data }) => (data as { state?: unknown }).state === 'succeeded').length,
      })),
      versions: versions.map(({ version, trainingJobId }) => ({ version, trainingJobId })),
      checkpoints: await this.database.prisma.jobCheckpoint.count(),
    };
  }

  close(): Promise<void> {
    return this.dispose();
  }

  /** Under an id that was made before: an answer that gets lost must not make a second job. */
  private async submit(id: string, { seed, method, steps }: (typeof RECIPES)[number]): Promise<boolean> {
    if ((await this.database.prisma.trainingJob.count({ where: { id } })) === 1) return true;
    const settings = {
      projectId,
      method,
      scenario: 'transfer',
      budget: { paramsRatio: 0.014 },
      seed,
      createdBy: 'chaos',
    };
    await this.database.transaction(async (tx) => {
      const hyperparameters = { steps, batchSize: 8 };
      await tx.trainingJob.create({ data: { id, ...this.subject, ...settings, hyperparameters } });
      await enqueue(tx, trainingQueue, { id, payload: { trainingJobId: id } });
    });
    return true;
  }
}

async function createSubject(database: Database, store: ObjectStore): Promise<Subject> {
  const { prisma } = database;
  const { labels, zip } = await digits({ classes: 2, train: 12, test: 6 });
  const [taskId, datasetId, datasetVersionId] = [newId('task'), newId('dataset'), newId('datasetVersion')];
  await prisma.task.create({ data: { id: taskId, projectId, name: 'pair', title: 'Two digits', labels } });
  await prisma.dataset.create({ data: { id: datasetId, projectId, name: 'pair', description: '' } });
  const version = {
    id: datasetVersionId,
    projectId,
    datasetId,
    version: 1,
    state: 'ready',
    labels,
    images: 36,
  } as const;
  await prisma.datasetVersion.create({
    data: { ...version, digest: await putBlob(store, zip), size: BigInt(zip.byteLength) },
  });
  return { taskId, datasetVersionId, baseNetworkId: await createBase(database, store) };
}

async function createBase(database: Database, store: ObjectStore): Promise<string> {
  const { base, graphJson, weights } = await loadBuiltinBaseNetwork(BASE);
  const { height: inputHeight, width: inputWidth } = base.graph.input;
  const { id } = await database.prisma.baseNetwork.create({
    data: {
      id: newId('baseNetwork'),
      name: BASE,
      digest: base.digest,
      graphDigest: await putBlob(store, graphJson),
      weightsDigest: await putBlob(store, weights),
      weightsSize: weights.byteLength,
      architecture: base.graph.name,
      parameters: 1,
      inputHeight,
      inputWidth,
    },
  });
  return id;
}
