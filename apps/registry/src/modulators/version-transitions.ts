import type { VersionState } from '@kernelcast/contracts';

/** What people do to a version. */
export type VersionAction = 'approve' | 'reject' | 'deprecate' | 'quarantine' | 'restore' | 'revoke';

const RESULTS = {
  registered: { approve: 'approved', reject: 'rejected' },
  approved: { deprecate: 'deprecated', quarantine: 'quarantined', revoke: 'revoked' },
  deprecated: { restore: 'approved', quarantine: 'quarantined', revoke: 'revoked' },
  quarantined: { restore: 'approved', deprecate: 'deprecated', revoke: 'revoked' },
  rejected: {},
  revoked: {},
} as const satisfies Record<VersionState, Partial<Record<VersionAction, VersionState>>>;

/** The state that an action leads to, `undefined` where the action is not allowed. */
export const stateAfter = (state: VersionState, action: VersionAction): VersionState | undefined => {
  const results: Partial<Record<VersionAction, VersionState>> = RESULTS[state];
  return results[action];
};

/** What may be done to a version in a state, for people who tried something else. */
export const actionsIn = (state: VersionState): VersionAction[] => Object.keys(RESULTS[state]) as VersionAction[];

/** States in which devices may be told to run a version, so that it carries a statement. */
export const STATED: readonly VersionState[] = ['approved', 'deprecated', 'quarantined'];

/** What becomes of the rollouts of a version that is in a state. */
export interface RolloutRule {
  /** Whether rollouts of it may be made and started. */
  readonly startable: boolean;
  /** Whether running ones go on to further waves, and complete. */
  readonly advancing: boolean;
  /** Whether its rollouts end at once, which points their devices to the next older rollout of the task. */
  readonly ended: boolean;
}

const NEVER_RELEASED: RolloutRule = { startable: false, advancing: false, ended: false };
const RULES: Record<VersionState, RolloutRule> = {
  registered: NEVER_RELEASED,
  rejected: NEVER_RELEASED,
  approved: { startable: true, advancing: true, ended: false },
  // Advised against: what was begun is finished.
  deprecated: { startable: false, advancing: true, ended: false },
  // Under suspicion: everything stays where it is until somebody knows more.
  quarantined: { startable: false, advancing: false, ended: false },
  revoked: { startable: false, advancing: false, ended: true },
};

export const rolloutRule = (state: VersionState): RolloutRule => RULES[state];

/** States of versions whose running rollouts go on. */
export const ADVANCING = (Object.keys(RULES) as VersionState[]).filter((state) => RULES[state].advancing);
