import type { BaseNetwork, DatasetVersion, Task } from '@kernelcast/contracts';
import type { TestRegistry } from './registry-app.js';
import { imagesOf, multipart, tinyGraph, weightsFor, zipOf } from './uploads.js';

export const LABELS = ['cat', 'dog'];

export const uploadBase = async (registry: TestRegistry, name = 'tiny'): Promise<BaseNetwork> => {
  const graph = tinyGraph();
  const raw = multipart(name, JSON.stringify(graph), weightsFor(graph));
  const { status, body } = await registry.call<BaseNetwork>('POST', '/v1/base-networks', { raw });
  if (status !== 201) throw new Error(JSON.stringify(body));
  return body;
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

/** A task with a base and a dataset to train it on. */
export const createIngredients = async (registry: TestRegistry): Promise<Ingredients> => ({
  task: await registry.made<Task>('/v1/tasks', { name: 'pets', title: 'Pets', labels: LABELS }),
  base: await uploadBase(registry),
  dataset: await uploadDataset(registry),
});
