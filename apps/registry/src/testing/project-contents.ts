import type { DatasetUpload, DeviceGroup, Project, Rollout } from '@kernelcast/contracts';
import { newId } from '@kernelcast/database';
import type { TestRegistry } from './registry-app.js';
import { createIngredients, enrolDevice, finishJob, type Ingredients } from './scenario.js';

const digest = (digit: string): string => `sha256:${digit.repeat(64)}`;

/** A project that holds one of everything. */
export interface ProjectContents {
  readonly project: Project;
  /** As its admin, who is nobody elsewhere. */
  readonly owner: TestRegistry;
  readonly ingredients: Ingredients;
  /** What its things are called, by the path of their kind: ids, and names where those will do. */
  readonly references: Readonly<Record<string, readonly string[]>>;
  /** What stands for other placeholders of paths, and for what queries must have. */
  readonly placeholders: Readonly<Record<string, string>>;
  /** Bodies of operations that refer to what is here. */
  readonly bodies: Readonly<Record<string, unknown>>;
}

/** Somebody's base network: what a meta job made of a shared one. */
const makeBase = async ({ database }: TestRegistry, projectId: string, { base, dataset }: Ingredients) => {
  const parts = { projectId, datasetVersionId: dataset.id, baseNetworkId: base.id };
  const order = {
    scenario: 'meta',
    outputName: 'hidden-base',
    meta: {},
    method: 'km',
    hyperparameters: {},
    budget: {},
  };
  const job = await database.prisma.trainingJob.create({
    data: { id: newId('trainingJob'), ...parts, ...order, seed: 0n, createdBy: 'test' },
  });
  const { architecture, parameters, inputHeight, inputWidth, weightsSize, graphDigest } = base;
  const shape = { architecture, parameters, inputHeight, inputWidth, weightsSize, graphDigest };
  const files = { digest: digest('1'), weightsDigest: digest('2'), startDigest: digest('3') };
  const data = { id: newId('baseNetwork'), projectId, name: 'hidden-base', ...shape, ...files, trainingJobId: job.id };
  return database.prisma.baseNetwork.create({ data });
};

const releaseTo = async (owner: TestRegistry, group: DeviceGroup, ingredients: Ingredients) => {
  const version = await finishJob(owner, ingredients, Buffer.from('modulator of a closed project'));
  await owner.made(`/v1/modulators/${version.modulatorId}/versions/${version.version}/approve`, { comment: '' });
  const order = { modulatorVersionId: version.id, groupId: group.id, waves: [{ share: 1, onSuccess: 'pause' }] };
  return { version, rollout: await owner.made<Rollout>('/v1/rollouts', order) };
};

const addWebhook = async (owner: TestRegistry) => {
  const webhook = await owner.made<{ id: string }>('/v1/webhooks', {
    url: 'https://example.com/hidden-hook',
    eventTypes: ['modulator_version.approved'],
  });
  const delivery = await owner.made<{ id: string }>(`/v1/webhooks/${webhook.id}/test`);
  return { webhook, delivery };
};

/** Makes a project and one of everything that a project can hold, each under a name that has `hidden` in it. */
export const fillProject = async (registry: TestRegistry): Promise<ProjectContents> => {
  const project = await registry.made<Project>('/v1/projects', { name: 'hidden-project', title: 'Hidden' });
  const headers = { 'kernelcast-project': project.id };
  const newKey = (name: string) =>
    registry.made<{ id: string; secret: string }>('/v1/api-keys', { name, role: 'admin' }, { headers });
  const [key, spare] = [await newKey('hidden-key'), await newKey('hidden-spare')];
  const owner = registry.as(key.secret);
  const ingredients = await createIngredients(owner, 'hidden-pets');
  const { task, base, dataset } = ingredients;
  const upload = await owner.made<DatasetUpload>('/v1/datasets/hidden-pets/uploads', { size: 10 });
  const group = await owner.made<DeviceGroup>('/v1/device-groups', { name: 'hidden-group' });
  const { version, rollout } = await releaseTo(owner, group, ingredients);
  const device = await enrolDevice(owner, group.id, base.digest);
  const made = await makeBase(owner, project.id, ingredients);
  const { webhook, delivery } = await addWebhook(owner);
  const alias = { modulatorVersionId: version.id, reason: 'first' };
  await owner.call('PUT', '/v1/tasks/hidden-pets/aliases/production', { body: alias });
  const { session } = await owner.made<{ session: { id: string } }>('/v1/sessions', { apiKey: key.secret });
  return {
    project,
    owner,
    ingredients,
    references: {
      'api-keys': [spare.id],
      'base-networks': [made.id, made.name],
      datasets: [dataset.datasetId, 'hidden-pets'],
      'dataset-versions': [dataset.id],
      'dataset-uploads': [upload.id],
      devices: [device.id],
      'device-groups': [group.id, group.name],
      modulators: [version.modulatorId],
      'modulator-versions': [version.id],
      projects: [project.id, project.name],
      rollouts: [rollout.id],
      tasks: [task.id, task.name],
      sessions: [session.id],
      'training-jobs': [version.jobId],
      webhooks: [webhook.id],
    },
    placeholders: { version: '1', delivery: delivery.id, name: 'production', to: base.id },
    bodies: { setAlias: alias, rollbackRollout: {}, createBundle: {} },
  };
};
