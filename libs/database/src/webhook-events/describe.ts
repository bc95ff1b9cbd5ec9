import type { Digest, JobErrorCode, WebhookEvent, WebhookEventType } from '@kernelcast/contracts';
import type { Tx } from '../database.js';

/** What an event tells, and the project whose webhooks are told. */
export interface Described<D = WebhookEvent['data']> {
  readonly projectId: string;
  readonly data: D;
}
type DataOf<T extends WebhookEventType> = Extract<WebhookEvent, { type: T }>['data'];
type Told<T extends WebhookEventType> = Promise<Described<DataOf<T>>>;

const jobOf = (tx: Tx, id: string) =>
  tx.trainingJob.findUniqueOrThrow({
    where: { id },
    include: { result: { select: { id: true } }, madeBase: { select: { id: true } } },
  });

const jobFields = ({ id, ...job }: Awaited<ReturnType<typeof jobOf>>) => ({
  trainingJobId: id,
  taskId: job.taskId,
  datasetVersionId: job.datasetVersionId,
  baseNetworkId: job.baseNetworkId,
  method: job.method,
});

const cancelledJob = async (tx: Tx, id: string): Told<'training_job.cancelled'> => {
  const job = await jobOf(tx, id);
  return { projectId: job.projectId, data: jobFields(job) };
};

const succeededJob = async (tx: Tx, id: string): Told<'training_job.succeeded'> => {
  const job = await jobOf(tx, id);
  const made = { modulatorVersionId: job.result?.id ?? null, madeBaseNetworkId: job.madeBase?.id ?? null };
  return { projectId: job.projectId, data: { ...jobFields(job), ...made } };
};

const failedJob = async (tx: Tx, id: string): Told<'training_job.failed'> => {
  const job = await jobOf(tx, id);
  const { errorCode, errorMessage, errorRetryable } = job;
  const code = (errorCode ?? 'internal') as JobErrorCode;
  const error = { code, message: errorMessage ?? '', retryable: errorRetryable ?? false };
  return { projectId: job.projectId, data: { ...jobFields(job), error } };
};

const versionOf = (tx: Tx, id: string) =>
  tx.modulatorVersion.findUniqueOrThrow({
    where: { id },
    include: { modulator: { select: { task: { select: { id: true, name: true, projectId: true } } } } },
  });

const versionFields = ({ id, modulator, ...row }: Awaited<ReturnType<typeof versionOf>>) => ({
  modulatorVersionId: id,
  modulatorId: row.modulatorId,
  taskId: modulator.task.id,
  taskName: modulator.task.name,
  version: row.version,
  digest: row.digest as Digest,
});

const registeredVersion = async (tx: Tx, id: string): Told<'modulator_version.registered'> => {
  const row = await versionOf(tx, id);
  const { projectId } = row.modulator.task;
  return { projectId, data: { ...versionFields(row), trainingJobId: row.trainingJobId } };
};

const decidedVersion = async (tx: Tx, id: string): Told<'modulator_version.approved'> => {
  const row = await versionOf(tx, id);
  const { projectId } = row.modulator.task;
  const decision = { decidedBy: row.decidedBy ?? '', comment: row.comment ?? '' };
  return { projectId, data: { ...versionFields(row), ...decision } };
};

const rollout = async (tx: Tx, id: string): Told<'rollout.started'> => {
  const row = await tx.rollout.findUniqueOrThrow({ where: { id } });
  const released = await versionOf(tx, row.modulatorVersionId);
  const { taskName, version } = versionFields(released);
  const { modulatorVersionId, groupId, state, currentWave, waves } = row;
  const count = Array.isArray(waves) ? waves.length : 0;
  const data = { rolloutId: id, modulatorVersionId, taskName, version, groupId, state, currentWave, waves: count };
  return { projectId: released.modulator.task.projectId, data };
};

const revokedDevice = async (tx: Tx, id: string): Told<'device.revoked'> => {
  const { groupId, group } = await tx.device.findUniqueOrThrow({ where: { id }, include: { group: true } });
  return { projectId: group.projectId, data: { deviceId: id, groupId } };
};

const datasetVersionOf = (tx: Tx, id: string) => tx.datasetVersion.findUniqueOrThrow({ where: { id } });

const readyDataset = async (tx: Tx, id: string): Told<'dataset_version.ready'> => {
  const { projectId, datasetId, version, digest, images, labels } = await datasetVersionOf(tx, id);
  const data = { datasetVersionId: id, datasetId, version, digest: digest as Digest, images, labels: labels.length };
  return { projectId, data };
};

const invalidDataset = async (tx: Tx, id: string): Told<'dataset_version.invalid'> => {
  const { projectId, datasetId, version, findings } = await datasetVersionOf(tx, id);
  const faults = Array.isArray(findings) ? findings.length : 0;
  return { projectId, data: { datasetVersionId: id, datasetId, version, findings: faults } };
};

/** Events that are told from the row of what they are about, as it is in the transaction of the change. */
const descriptions = {
  'dataset_version.invalid': invalidDataset,
  'dataset_version.ready': readyDataset,
  'device.revoked': revokedDevice,
  'modulator_version.approved': decidedVersion,
  'modulator_version.deprecated': decidedVersion,
  'modulator_version.quarantined': decidedVersion,
  'modulator_version.registered': registeredVersion,
  'modulator_version.rejected': decidedVersion,
  'modulator_version.restored': decidedVersion,
  'modulator_version.revoked': decidedVersion,
  'rollout.aborted': rollout,
  'rollout.completed': rollout,
  'rollout.paused': rollout,
  'rollout.resumed': rollout,
  'rollout.rolled_back': rollout,
  'rollout.started': rollout,
  'rollout.wave_halted': rollout,
  'rollout.wave_started': rollout,
  'training_job.cancelled': cancelledJob,
  'training_job.failed': failedJob,
  'training_job.succeeded': succeededJob,
} satisfies { [T in WebhookEventType]?: (tx: Tx, id: string) => Told<T> };

/** An event that is known by the id of what it happened to. */
export interface SubjectEvent {
  readonly type: keyof typeof descriptions;
  readonly subject: string;
}

/** Reads what an event tells of its subject. */
export const describeEvent = (tx: Tx, { type, subject }: SubjectEvent): Promise<Described> =>
  descriptions[type](tx, subject);
