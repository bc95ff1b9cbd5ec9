import {
  approveModulatorVersion,
  createApiKey,
  createDataset,
  createDeviceGroup,
  createEnrolmentToken,
  createRegistryClient,
  createRollout,
  createTask,
  createTrainingJob,
  getModulatorVersionById,
  getTrainingJob,
  startRollout,
  streamJobEvents,
} from '@kernelcast/api-client';
import {
  datasetVersionSchema,
  trainingJobSchema,
  type DatasetVersion,
  type JobEvent,
  type TrainingJob,
} from '@kernelcast/contracts';
import type { PlatformUnderTest } from './platform.js';

/** Uploads a zip as a version of a new dataset. */
const uploadDataset = async (platform: PlatformUnderTest, name: string, zip: Uint8Array): Promise<DatasetVersion> => {
  await createDataset({ ...platform.call, body: { name } });
  const response = await fetch(`${platform.at.registryUrl}/v1/datasets/${name}/versions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${platform.at.adminApiKey}`, 'content-type': 'application/zip' },
    body: new Blob([new Uint8Array(zip)]),
  });
  return datasetVersionSchema.parse(await response.json());
};

/** Creates a task with its dataset; returns the id of the dataset version. */
export const createTaskWithData = async (
  platform: PlatformUnderTest,
  task: { name: string; labels: string[]; zip: Uint8Array },
): Promise<string> => {
  await createTask({ ...platform.call, body: { name: task.name, title: task.name, labels: task.labels } });
  const version = await uploadDataset(platform, task.name, task.zip);
  if (version.state !== 'ready') throw new Error(JSON.stringify(version.findings));
  return version.id;
};

type JobBody = Parameters<typeof createTrainingJob>[0]['body'];

export const submitJob = async (platform: PlatformUnderTest, body: Omit<JobBody, 'baseNetwork'>): Promise<string> => {
  const { data } = await createTrainingJob({ ...platform.call, body: { baseNetwork: 'resnet14-cifar10', ...body } });
  return trainingJobSchema.parse(data).id;
};

/** Follows a job to its end over SSE; returns every event it told. */
export const followJob = async (
  platform: PlatformUnderTest,
  jobId: string,
  onEvent: (event: JobEvent) => void = () => undefined,
) => {
  const events: JobEvent[] = [];
  for await (const event of streamJobEvents({ ...platform.registry, jobId })) {
    events.push(event);
    onEvent(event);
  }
  return events;
};

export const readJob = async (platform: PlatformUnderTest, id: string): Promise<TrainingJob> =>
  trainingJobSchema.parse((await getTrainingJob({ ...platform.call, path: { id } })).data);

/** Makes a group and a token for one device of it. */
export const createGroup = async (platform: PlatformUnderTest, name: string) => {
  const { data: group } = await createDeviceGroup({ ...platform.call, body: { name } });
  const { data: token } = await createEnrolmentToken({ ...platform.call, body: { groupId: group.id } });
  return { groupId: group.id, token: token.token };
};

/** Approves what a job made, as somebody else than who ordered it, and rolls it out to a whole group. */
export const releaseResult = async (platform: PlatformUnderTest, job: TrainingJob, groupId: string): Promise<void> => {
  const { data: version } = await getModulatorVersionById({
    ...platform.call,
    path: { id: job.result?.modulatorVersion ?? '' },
  });
  const { data: approver } = await createApiKey({ ...platform.call, body: { name: 'approver', role: 'approver' } });
  await approveModulatorVersion({
    client: createRegistryClient({ ...platform.registry, apiKey: approver.secret }),
    throwOnError: true,
    path: { id: version.modulatorId, version: version.version },
    body: {},
  });
  const { data: rollout } = await createRollout({
    ...platform.call,
    body: { modulatorVersionId: version.id, groupId },
  });
  await startRollout({ ...platform.call, path: { id: rollout.id } });
};
