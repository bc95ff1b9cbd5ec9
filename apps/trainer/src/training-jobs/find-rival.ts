import { digestSchema } from '@kernelcast/contracts';
import type { Tx } from '@kernelcast/database';
import type { RivalVersion } from './training-jobs.types.js';

/** The newest approved version of a task's modulator on a base network: what a new version has to be better than. */
export async function findRival(
  tx: Tx,
  { taskId, baseNetworkId }: { readonly taskId: string | null; readonly baseNetworkId: string },
): Promise<RivalVersion | undefined> {
  if (taskId === null) return undefined;
  const version = await tx.modulatorVersion.findFirst({
    where: { modulator: { taskId, baseNetworkId }, state: 'approved' },
    orderBy: { version: 'desc' },
    select: { id: true, digest: true },
  });
  return version ? { id: version.id, digest: digestSchema.parse(version.digest) } : undefined;
}
