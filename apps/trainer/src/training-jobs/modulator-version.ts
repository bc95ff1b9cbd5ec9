import { newId, recordGateReport, type Prisma, type Tx } from '@kernelcast/database';
import type { FinishedJob, LeasedTaskJob } from './training-jobs.types.js';

/**
 * Registers the result of a job as the next version of its task's modulator on its base. Versions are numbered
 * without gaps: the modulator's row is locked from reading the last number until the transaction ends. What the gates of
 * the task say of it is kept with it.
 * @returns the version's id
 */
export async function insertModulatorVersion(tx: Tx, job: LeasedTaskJob, finished: FinishedJob): Promise<string> {
  const modulatorId = await lockModulator(tx, job);
  const { _max } = await tx.modulatorVersion.aggregate({ where: { modulatorId }, _max: { version: true } });
  const { digest, size, encoding, parameters, headParameters, metrics, predictions, trainerVersion } = finished;
  const { id } = await tx.modulatorVersion.create({
    data: {
      id: newId('modulatorVersion'),
      projectId: job.projectId,
      modulatorId,
      version: (_max.version ?? 0) + 1,
      digest,
      size,
      encoding,
      parameters,
      headParameters,
      metrics: metrics as Prisma.InputJsonObject,
      predictionsDigest: predictions.digest,
      predictionsSize: predictions.size,
      layerChanges: finished.layerChanges.map((change) => ({ ...change })),
      settled: { ...finished.hyperparameters },
      trainerVersion,
      method: job.method,
      labels: [...job.labels],
      trainingJobId: job.lease.jobId,
    },
    select: { id: true },
  });
  await recordGateReport(tx, id, { trigger: 'registration', evaluatedBy: job.lease.jobId });
  return id;
}

async function lockModulator(tx: Tx, { projectId, taskId, baseNetworkId }: LeasedTaskJob): Promise<string> {
  // Two first versions may arrive at once: the second waits here for the first one's row.
  await tx.$executeRaw`
    INSERT INTO modulators (id, project_id, task_id, base_network_id)
    VALUES (${newId('modulator')}, ${projectId}, ${taskId}, ${baseNetworkId})
    ON CONFLICT (task_id, base_network_id) DO NOTHING`;
  const [row] = await tx.$queryRaw<{ id: string }[]>`
    SELECT id FROM modulators WHERE task_id = ${taskId} AND base_network_id = ${baseNetworkId} FOR UPDATE`;
  if (row === undefined) throw new Error(`The modulator of ${taskId} on ${baseNetworkId} vanished`);
  return row.id;
}
