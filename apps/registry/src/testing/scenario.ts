import { canonicalJson, digestOf } from '@kernelcast/artifact';
import type { BaseNetwork, DatasetVersion, Evaluation, Task, TrainingJob } from '@kernelcast/contracts';
import { newId, recordGateReport, type Prisma } from '@kernelcast/database';
import { createObjectStore, putBlob } from '@kernelcast/storage';
import type { TestRegistry } from './registry-app.js';
import { imagesOf, tinyGraph, TINY_PARAMETERS, weightsFor, zipOf } from './uploads.js';

const LABELS = ['cat', 'dog'];

/** What an upload and its validation leave behind, without the process that these take. */
export const registerBase = async (registry: TestRegistry, name = 'tiny', fill = 0.5): Promise<BaseNetwork> => {
  const graph = tinyGraph();
  const weights = weightsFor(graph, fill);
  const text = (value: unknown) => new TextEncoder().encode(canonicalJson(value));
  const store = createObjectStore({ kind: 'local', folder: registry.storeFolder });
  const graphDigest = await putBlob(store, text(graph));
  const weightsDigest = await putBlob(store, weights);
  const digest = await digestOf(text({ graph: graphDigest, weights: weightsDigest }));
  const { id } = await registry.database.prisma.baseNetwork.create({
    data: {
      ...{ id: newId('baseNetwork'), name, digest, graphDigest, weightsDigest, weightsSize: weights.byteLength },
      ...{ architecture: graph.name, parameters: TINY_PARAMETERS, inputHeight: 8, inputWidth: 8 },
    },
  });
  return (await registry.get<BaseNetwork>(`/v1/base-networks/${id}`)).body;
};

export const uploadDataset = async (
  registry: TestRegistry,
  name = 'pets',
  files = imagesOf(LABELS),
): Promise<DatasetVersion> => {
  await registry.made('/v1/datasets', { name });
  return registry.made<DatasetVersion>(`/v1/datasets/${name}/versions`, undefined, {
    raw: await zipOf(files),
    headers: { 'content-type': 'application/zip' },
  });
};

export interface Ingredients {
  readonly task: Task;
  readonly base: BaseNetwork;
  readonly dataset: DatasetVersion;
}

/** A task with a base and a dataset to train it on; task and dataset have the same name. */
export const createIngredients = async (registry: TestRegistry, name = 'pets'): Promise<Ingredients> => ({
  task: await registry.made<Task>('/v1/tasks', { name, title: 'Pets', labels: LABELS }),
  base: await registerBase(registry),
  dataset: await uploadDataset(registry, name),
});

const METRICS: Evaluation = { top1: 0.9, loss: 0.3, images: 10, perClass: [], confusion: [] };

export interface Made {
  readonly bytes: Buffer;
  readonly metrics?: Partial<Evaluation>;
  /** Who ordered the training. Somebody else than the admin, who so may approve it. */
  readonly orderedBy?: string;
  /** Version that the training began at. */
  readonly startFrom?: string;
  /** What is kept of it beside. */
  readonly kept?: Partial<Prisma.ModulatorVersionUncheckedCreateInput>;
}

/** What a trainer does at the end of a job: stores the artifact and registers it as the next version. */
export const finishJob = async (registry: TestRegistry, ingredients: Ingredients, made: Buffer | Made) => {
  const { task, base, dataset } = ingredients;
  const {
    bytes,
    metrics,
    startFrom,
    kept,
    orderedBy = 'somebody else',
  }: Made = Buffer.isBuffer(made) ? { bytes: made } : made;
  const job = await registry.made<TrainingJob>('/v1/training-jobs', {
    task: task.id,
    datasetVersion: dataset.id,
    baseNetwork: base.id,
    budget: { paramsRatio: 1 },
    ...(startFrom !== undefined && { startFrom }),
  });
  const store = createObjectStore({ kind: 'local', folder: registry.storeFolder });
  const digest = await putBlob(store, bytes);
  const { prisma } = registry.database;
  const { projectId } = await prisma.task.findUniqueOrThrow({ where: { id: task.id } });
  const parts = { projectId, taskId: task.id, baseNetworkId: base.id };
  const modulator =
    (await prisma.modulator.findFirst({ where: parts })) ??
    (await prisma.modulator.create({ data: { id: newId('modulator'), ...parts } }));
  const version = (await prisma.modulatorVersion.count({ where: { modulatorId: modulator.id } })) + 1;
  const { id } = await prisma.modulatorVersion.create({
    data: {
      id: newId('modulatorVersion'),
      projectId,
      modulatorId: modulator.id,
      version,
      digest,
      size: bytes.length,
      method: 'km',
      encoding: 'f16',
      parameters: 17,
      headParameters: 10,
      labels: [...task.labels],
      metrics: { ...METRICS, ...metrics },
      trainingJobId: job.id,
      ...kept,
    },
  });
  await registry.database.transaction((tx) =>
    recordGateReport(tx, id, { trigger: 'registration', evaluatedBy: job.id }),
  );
  const done = { state: 'succeeded', finishedAt: new Date(), createdBy: orderedBy } as const;
  await prisma.trainingJob.update({ where: { id: job.id }, data: done });
  return { id, modulatorId: modulator.id, version, digest, jobId: job.id };
};

export interface EnrolledDevice {
  readonly id: string;
  /** What the delivery service does when the device reports on a slot. */
  report(slot: string, digest: string, phase: 'downloading' | 'verified' | 'active' | 'failed'): Promise<void>;
}

/** What the delivery service does when a device enrols. */
export const enrolDevice = async (
  registry: TestRegistry,
  groupId: string,
  baseDigest: string,
): Promise<EnrolledDevice> => {
  const { prisma } = registry.database;
  const { projectId } = await prisma.deviceGroup.findUniqueOrThrow({ where: { id: groupId } });
  const { id } = await prisma.device.create({
    data: {
      id: newId('device'),
      projectId,
      groupId,
      publicKey: 'A'.repeat(43),
      attributes: { site: 'test' },
      baseDigests: [baseDigest],
      runtime: 'test',
    },
  });
  return {
    id,
    report: async (slot, digest, phase) => {
      const state = { digest, phase, at: new Date() };
      await prisma.deviceSlot.upsert({
        where: { deviceId_slot: { deviceId: id, slot } },
        create: { deviceId: id, slot, ...state },
        update: state,
      });
    },
  };
};
