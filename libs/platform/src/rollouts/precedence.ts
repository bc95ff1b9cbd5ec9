/** What decides between rollouts of one task that reach the same device. */
export interface Precedence {
  readonly id: string;
  /** 0 to 100. */
  readonly priority: number;
  readonly startedAt: Date;
}

/**
 * Orders rollouts of one task so that the first of those that reach a device decides for it: the highest priority, then
 * the last started. Ids are ULIDs, so among rollouts started in one millisecond the later one wins everywhere alike.
 */
export const byPrecedence = (a: Precedence, b: Precedence): number =>
  b.priority - a.priority || b.startedAt.getTime() - a.startedAt.getTime() || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0);
