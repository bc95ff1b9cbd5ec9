import type { GateResult } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';

/** What forbids an approval beside gates: the approver ordered the training themselves. */
const OWN_REQUEST = 'own_request';

export interface ApprovalQuestion {
  /** Who approves, whichever key they use. */
  readonly person: string;
  readonly isAdmin: boolean;
  readonly requestedBy: string;
  /** Required gates that did not pass. */
  readonly inTheWay: readonly GateResult[];
  /** Why an admin passes over what forbids it. */
  readonly override?: { readonly reason: string };
}

/**
 * Names of what an approval passes over; nothing where nothing forbids it.
 * @throws AppError `approval_forbidden`, `gates_failed` with a fault per gate
 */
export const obstaclesPassedOver = ({
  person,
  isAdmin,
  requestedBy,
  inTheWay,
  override,
}: ApprovalQuestion): string[] => {
  const own = person === requestedBy;
  const obstacles = [...(own ? [OWN_REQUEST] : []), ...inTheWay.map(({ gate }) => gate)];
  if (obstacles.length === 0) return [];
  if (override && isAdmin) return obstacles;
  if (override) throw new AppError('approval_forbidden', 'Only an admin may pass over what forbids an approval');
  if (own) throw new AppError('approval_forbidden', 'Who ordered the training may not approve its result');
  const errors = inTheWay.map(({ gate, verdict, detail }) => ({ pointer: `/gates/${gate}`, detail: `${verdict}: ${detail}` })); // prettier-ignore
  throw new AppError('gates_failed', `In the way: ${obstacles.join(', ')}`, { errors });
};
