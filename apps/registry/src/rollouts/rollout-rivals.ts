import type { RolloutConflict, RolloutState } from '@kernelcast/contracts';
import { byPrecedence, type Precedence } from '@kernelcast/platform';

/** A rollout that decides what devices run, as far as it says which ones. */
export interface LiveRollout extends Precedence {
  readonly groupId: string;
  /** Whether devices are in the group by their attributes. */
  readonly selected: boolean;
  readonly version: number;
  readonly state: RolloutState;
  /** Share of the group that it reaches, 0 to 1. */
  readonly share: number;
  /** It decides only for devices that were there then. */
  readonly frozenAt: Date | null;
}

/**
 * Those of the rollouts of a task that still decide for anybody, in the order in which they decide: what is older than
 * one that reaches its whole group, new devices included, decides nothing there.
 */
export const deciding = <T extends LiveRollout>(rollouts: readonly T[]): T[] => {
  const settled = new Set<string>();
  return [...rollouts].sort(byPrecedence).filter(({ groupId, share, frozenAt }) => {
    if (settled.has(groupId)) return false;
    if (share === 1 && frozenAt === null) settled.add(groupId);
    return true;
  });
};

/** What a rollout does to others that share devices with it, or they to it. */
export const conflictsOf = (rollout: Precedence, rivals: readonly LiveRollout[]): RolloutConflict[] =>
  deciding(rivals).map((rival) => ({
    rolloutId: rival.id,
    groupId: rival.groupId,
    version: rival.version,
    state: rival.state,
    priority: rival.priority,
    relation: byPrecedence(rollout, rival) < 0 ? 'overrides' : 'overridden_by',
  }));
