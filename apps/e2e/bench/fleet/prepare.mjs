// What a fleet needs before it can be served: a group with a token, and two approved versions of a task.
import { imageZip, LABELS } from '../queue/images.mjs';
import { apiOf, until } from './api.mjs';

const TASK = 'colours';
const IMAGES = 60;
const ENDED = ['succeeded', 'failed', 'cancelled'];
const A_WEEK_SECONDS = 604_800;
/** As short as a training can be: what the versions are good for is nothing to their delivery. */
const ORDER = {
  task: TASK,
  baseNetwork: 'resnet14-cifar10',
  method: 'km',
  budget: { paramsRatio: 0.014 },
  hyperparameters: { steps: 3, batchSize: 16, validationShare: 0 },
};

async function trainVersion(api, datasetVersion, seed) {
  const { id } = await api.post('/v1/training-jobs', { ...ORDER, datasetVersion, seed });
  const job = await until(
    () => api.get(`/v1/training-jobs/${id}`),
    ({ state }) => ENDED.includes(state),
  );
  if (job.state !== 'succeeded') throw new Error(`${id} ${job.state}: ${JSON.stringify(job.error)}`);
  return job.result.modulatorVersion;
}

/** Trains and approves, each by another than whoever ordered it. @returns ids of the versions, oldest first */
export async function makeVersions(addresses, count) {
  const api = apiOf(addresses, addresses.adminApiKey);
  await api.post('/v1/datasets', { name: TASK });
  await api.upload(`/v1/datasets/${TASK}/versions`, await imageZip(IMAGES));
  const { id: datasetVersion } = await until(
    async () => (await api.get(`/v1/datasets/${TASK}/versions`)).data[0],
    ({ state }) => state === 'ready',
  );
  await api.post('/v1/tasks', { name: TASK, title: 'Colours', labels: LABELS });
  const ids = [];
  for (let seed = 1; seed <= count; seed++) ids.push(await trainVersion(api, datasetVersion, seed));
  const { secret } = await api.post('/v1/api-keys', { name: 'bench-approver', role: 'approver' });
  const approver = apiOf(addresses, secret);
  const versions = [];
  for (const id of ids) {
    const version = await api.get(`/v1/modulator-versions/${id}`);
    await approver.post(`/v1/modulators/${version.modulatorId}/versions/${version.version}/approve`, {});
    versions.push(version);
  }
  return { task: TASK, versions };
}

/** @returns a group and a token with a use for each device */
export async function makeGroup({ registryUrl, adminApiKey }, name, devices) {
  const api = apiOf({ registryUrl }, adminApiKey);
  const { id } = await api.post('/v1/device-groups', { name });
  const order = { groupId: id, uses: devices, expiresInSeconds: A_WEEK_SECONDS };
  const { token } = await api.post('/v1/enrolment-tokens', order);
  return { groupId: id, token };
}
