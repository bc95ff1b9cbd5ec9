import { digestSchema } from '@kernelcast/contracts';
import { findStandingVersion, type Tx } from '@kernelcast/database';
import type { RivalVersion } from './training-jobs.types.js';

/** What a new version has to be no worse than: the task's champion, or else its newest approved version on the base. */
export async function findRival(
  tx: Tx,
  { taskId, baseNetworkId }: { readonly taskId: string | null; readonly baseNetworkId: string },
): Promise<RivalVersion | undefined> {
  if (taskId === null) return undefined;
  const version = await findStandingVersion(tx, { taskId, baseNetworkId });
  return version ? { id: version.id, digest: digestSchema.parse(version.digest) } : undefined;
}
