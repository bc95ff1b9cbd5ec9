import type { Digest } from '@kernelcast/contracts';
import type { FleetState, KnownDevice } from '../fleet/fleet-state.js';
import type { DesiredState } from '../fleet/fleet.types.js';

/** How long after a change of its manifest a device may still finish the downloads that the older one named. */
const GRACE_MS = 15 * 60_000;

/** Which blobs a device may have, and their sizes: those that its manifest names, and did until a while ago. */
export class NamedBlobs {
  /** Sizes by digest of everything a cohort's manifest names. */
  private readonly sizes = new WeakMap<DesiredState, ReadonlyMap<Digest, number>>();

  constructor(private readonly fleet: Pick<FleetState, 'desiredFor' | 'formerlyDesired'>) {}

  /** Bytes of a blob; `undefined` for one that the device has no business with, whether it exists or not. */
  sizeOf(device: KnownDevice, digest: Digest, now: Date): number | undefined {
    const size = this.sizesOf(this.fleet.desiredFor(device)).get(digest);
    if (size !== undefined) return size;
    for (const state of this.fleet.formerlyDesired(device, now.getTime() - GRACE_MS)) {
      const former = this.sizesOf(state).get(digest);
      if (former !== undefined) return former;
    }
    return undefined;
  }

  private sizesOf(state: DesiredState): ReadonlyMap<Digest, number> {
    const known = this.sizes.get(state);
    if (known !== undefined) return known;
    const named = state.assignments.flatMap((assignment) => [assignment, ...assignment.deltas]);
    const sizes = new Map(named.map(({ digest, size }) => [digest, size]));
    this.sizes.set(state, sizes);
    return sizes;
  }
}
