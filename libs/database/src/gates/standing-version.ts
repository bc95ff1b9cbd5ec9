import type { Tx } from '../database.js';

/** Alias of the version that counts as a task's best. */
const CHAMPION = 'champion';

interface StandingQuestion {
  readonly taskId: string;
  readonly baseNetworkId: string;
  /** A version that is not to be held against itself. */
  readonly except?: string;
}

/**
 * The version that a new one of the task must not be worse than: the task's `champion` where that is an approved version
 * on the same base network, or else the newest approved version on it. Null where there is none.
 */
export async function findStandingVersion(
  tx: Tx,
  { taskId, baseNetworkId, except = '' }: StandingQuestion,
): Promise<{ id: string; digest: string } | null> {
  const where = { modulator: { taskId, baseNetworkId }, state: 'approved' as const, id: { not: except } };
  const select = { id: true, digest: true };
  const champion = await tx.modulatorVersion.findFirst({
    where: { ...where, aliases: { some: { taskId, name: CHAMPION } } },
    select,
  });
  return champion ?? tx.modulatorVersion.findFirst({ where, orderBy: { version: 'desc' }, select });
}
