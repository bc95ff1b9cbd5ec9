import path from 'node:path';
import { DEFAULT_PROJECT_ID } from '@kernelcast/contracts';
import { createDatabase, newId, type Database } from '@kernelcast/database';
import { loadBuiltinBaseNetwork } from '@kernelcast/nets/node';
import { createObjectStore, putBlob, type ObjectStore } from '@kernelcast/storage';
import { createTestDatabase, tempDir, type TestDatabase } from '@kernelcast/testing';
import { COLOUR_LABELS, colourZip } from './colour-dataset.js';

const BASE = 'resnet14-cifar10';
const OBJECTS = 'objects';
/** Enough to learn three colours; a few seconds on any machine. */
const STEPS = 12;

export interface JobOptions {
  readonly method?: 'km' | 'head';
  readonly steps?: number;
  readonly labels?: readonly string[];
  readonly dataset?: Uint8Array;
  readonly attempt?: number;
  readonly budget?: { paramsRatio: number };
  readonly deadline?: Date;
}

interface FixtureParts {
  readonly databaseUrl: string;
  readonly database: Database;
  readonly store: ObjectStore;
  readonly folder: string;
  readonly baseNetworkId: string;
  readonly dispose: () => Promise<void>;
}

/** A database and an object store of their own, with the built-in base network, in which jobs can be made. */
export class TrainingFixture {
  private constructor(private readonly parts: FixtureParts) {}

  get databaseUrl(): string {
    return this.parts.databaseUrl;
  }

  get database(): Database {
    return this.parts.database;
  }

  get store(): ObjectStore {
    return this.parts.store;
  }

  /** A folder for whatever a test needs. */
  get folder(): string {
    return this.parts.folder;
  }

  get objectFolder(): string {
    return path.join(this.parts.folder, OBJECTS);
  }

  /** With a database on the shared server, or with one that the test brings along. */
  static async create(source: TestDatabase | undefined = undefined): Promise<TrainingFixture> {
    const folder = tempDir('trainer');
    const { url, drop } = source ?? (await createTestDatabase());
    const database = createDatabase(url);
    const store = createObjectStore({ kind: 'local', folder: path.join(folder.path, OBJECTS) });
    const dispose = async (): Promise<void> => {
      await database.close();
      await drop();
      folder.remove();
    };
    const baseNetworkId = await insertBase(database, store);
    return new TrainingFixture({ databaseUrl: url, database, store, folder: folder.path, baseNetworkId, dispose });
  }

  /** A queued job; a task, a dataset and a version of it are made with it. */
  async createJob(options: JobOptions = {}): Promise<string> {
    const {
      method = 'km',
      steps = STEPS,
      labels = COLOUR_LABELS,
      attempt = 0,
      budget = { paramsRatio: 0.014 },
      deadline,
    } = options;
    const { id } = await this.database.prisma.trainingJob.create({
      data: {
        id: newId('trainingJob'),
        projectId: DEFAULT_PROJECT_ID,
        ...(await this.createSubject(labels, options.dataset ?? (await colourZip()))),
        method,
        scenario: 'transfer',
        hyperparameters: { steps, batchSize: 8, shiftPixels: 0 },
        budget,
        seed: 7n,
        attempt,
        deadline,
        createdBy: 'test',
      },
    });
    return id;
  }

  /** Another queued job with the same task, data and settings, which may start from a version. */
  async repeatJob(id: string, startFromId?: string): Promise<string> {
    const { taskId, datasetVersionId, baseNetworkId, method, scenario, seed, ...job } = await this.job(id);
    const settings = { hyperparameters: job.hyperparameters ?? {}, budget: job.budget ?? {} };
    const parts = {
      projectId: DEFAULT_PROJECT_ID,
      taskId,
      datasetVersionId,
      baseNetworkId,
      method,
      scenario,
      seed,
      createdBy: 'test',
    };
    const row = await this.database.prisma.trainingJob.create({
      data: { id: newId('trainingJob'), ...parts, ...settings, startFromId },
    });
    return row.id;
  }

  /** What the registry does when somebody wants a job in work to rest. */
  async requestPause(id: string): Promise<void> {
    await this.database.prisma.trainingJob.update({ where: { id }, data: { pauseRequested: true } });
  }

  /** What the registry does when somebody lets a job go on. */
  async resume(id: string): Promise<void> {
    await this.database.prisma.trainingJob.update({ where: { id }, data: { state: 'queued' } });
  }

  /** Keys of a job's checkpoints, newest first. */
  async checkpointKeys(trainingJobId: string): Promise<string[]> {
    const rows = await this.database.prisma.jobCheckpoint.findMany({
      where: { trainingJobId },
      orderBy: { id: 'desc' },
    });
    return rows.map(({ key }) => key);
  }

  /** Gives a job a checkpoint; without bytes, the object is missing. */
  async addCheckpoint(trainingJobId: string, step: number, bytes?: Uint8Array): Promise<string> {
    const key = `checkpoints/${trainingJobId}/old/${step}`;
    if (bytes) await this.store.put(key, bytes);
    await this.database.prisma.jobCheckpoint.create({ data: { trainingJobId, step, key, size: 1n } });
    return key;
  }

  /** What the registry does when somebody cancels a job. */
  async cancel(id: string): Promise<void> {
    const ended = { leaseToken: null, estimatedFinish: null, pauseRequested: false, finishedAt: new Date() };
    const data = { ...ended, state: 'cancelled' } as const;
    await this.database.prisma.trainingJob.update({ where: { id }, data });
  }

  job(id: string) {
    return this.database.prisma.trainingJob.findUniqueOrThrow({ where: { id }, include: { result: true, task: true } });
  }

  async events(trainingJobId: string): Promise<{ type: string; data: Record<string, unknown> }[]> {
    const rows = await this.database.prisma.jobEvent.findMany({ where: { trainingJobId }, orderBy: { id: 'asc' } });
    return rows.map(({ type, data }) => ({ type, data: data as Record<string, unknown> }));
  }

  /** The states the job went through, in order. */
  async states(id: string): Promise<unknown[]> {
    return (await this.events(id)).filter(({ type }) => type === 'state').map(({ data }) => data['state']);
  }

  close(): Promise<void> {
    return this.parts.dispose();
  }

  private async createSubject(labels: readonly string[], zip: Uint8Array) {
    const taskId = newId('task');
    const name = taskId.toLowerCase().replace('_', '-');
    await this.database.prisma.task.create({
      data: { id: taskId, projectId: DEFAULT_PROJECT_ID, name, title: 'Colours', labels: [...labels] },
    });
    const datasetVersionId = await this.createDataset(name, zip);
    return { taskId, datasetVersionId, baseNetworkId: this.parts.baseNetworkId };
  }

  private async createDataset(name: string, zip: Uint8Array): Promise<string> {
    const datasetId = newId('dataset');
    await this.database.prisma.dataset.create({
      data: { id: datasetId, projectId: DEFAULT_PROJECT_ID, name, description: '' },
    });
    const { id } = await this.database.prisma.datasetVersion.create({
      data: {
        id: newId('datasetVersion'),
        projectId: DEFAULT_PROJECT_ID,
        datasetId,
        version: 1,
        state: 'ready',
        digest: await putBlob(this.store, zip),
        size: BigInt(zip.byteLength),
        labels: [...COLOUR_LABELS].sort(),
        images: 1,
      },
    });
    return id;
  }
}

async function insertBase(database: Database, store: ObjectStore): Promise<string> {
  const { base, graphJson, weights } = await loadBuiltinBaseNetwork(BASE);
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
      inputHeight: base.graph.input.height,
      inputWidth: base.graph.input.width,
    },
  });
  return id;
}
