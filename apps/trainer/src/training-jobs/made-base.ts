import type { Digest } from '@kernelcast/contracts';
import { isUniqueViolation, newId, type Tx } from '@kernelcast/database';
import type { LeasedMetaJob } from './training-jobs.types.js';

/** A base network as a meta job leaves it in the object store; its graph is that of the one it began with. */
export interface StoredBase {
  readonly digest: Digest;
  readonly weightsDigest: Digest;
  readonly weightsSize: number;
  readonly startDigest: Digest;
}

/** The base network cannot be registered. */
export class NameTakenError extends Error {
  readonly code = 'name_taken';

  constructor(reason: string, options?: ErrorOptions) {
    super(`The base network cannot be registered: ${reason}`, options);
    this.name = 'NameTakenError';
  }
}

/**
 * Registers the result of a meta job under the name it was ordered by.
 * @returns the base network's id
 * @throws {NameTakenError} when the project has, or all share, another of that name or one with the same files
 */
export async function insertBaseNetwork(tx: Tx, job: LeasedMetaJob, made: StoredBase): Promise<string> {
  const { outputName: name, baseNetworkId, projectId } = job;
  const { digest } = made;
  const taken = await tx.baseNetwork.findFirst({
    where: { AND: [{ OR: [{ name }, { digest }] }, { OR: [{ projectId }, { projectId: null }] }] },
  });
  if (taken?.name === name) throw new NameTakenError(`the name "${name}" is taken by ${taken.id}`);
  if (taken) throw new NameTakenError(`"${taken.name}" has the same files, ${digest}`);
  const shape = await tx.baseNetwork.findUniqueOrThrow({
    where: { id: baseNetworkId },
    select: { architecture: true, graphDigest: true, parameters: true, inputHeight: true, inputWidth: true },
  });
  const id = newId('baseNetwork');
  try {
    const origin = { source: 'meta-job', trainingJobId: job.lease.jobId };
    await tx.baseNetwork.create({ data: { id, projectId, name, ...shape, ...made, ...origin } });
  } catch (cause) {
    if (!isUniqueViolation(cause)) throw cause;
    throw new NameTakenError(`another called "${name}", or with the same files, has just been`, { cause });
  }
  return id;
}
