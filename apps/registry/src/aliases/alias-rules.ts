import { RELEASE_ALIASES } from '@kernelcast/contracts';

/** States of versions that nothing is to be done with any more, or for now. */
const UNUSABLE: readonly string[] = ['rejected', 'quarantined', 'revoked'];

/**
 * Whether an alias may come to name a version in a state. What devices are given by name must have been approved; a free
 * name may as well point at a version that is still to be judged.
 */
export const mayName = (alias: string, state: string): boolean =>
  RELEASE_ALIASES.includes(alias) ? state === 'approved' : !UNUSABLE.includes(state);
