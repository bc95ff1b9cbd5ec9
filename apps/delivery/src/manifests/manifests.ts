import { MANIFEST_TYPE } from '@kernelcast/contracts';
import type { FlattenedJws, Manifest } from '@kernelcast/contracts';
import { entityTag } from '@kernelcast/platform';
import { manifestDigest, signManifest } from '@kernelcast/trust';
import type { Signer } from '@kernelcast/trust';
import type { DesiredState } from '../fleet/fleet.types.js';
import { ManifestWire } from './manifest-wire.js';
import { validityAt } from './manifest-validity.js';

/** A manifest ready to be sent. */
export interface SignedManifest {
  readonly jws: FlattenedJws;
  readonly etag: string;
  /** Unix milliseconds from which on it is issued anew. */
  readonly reissueAt: number;
  readonly wire: ManifestWire;
}

/** Signs each cohort's manifest once and keeps it for as long as its desired state is in use. */
export class Manifests {
  private readonly signed = new WeakMap<DesiredState, SignedManifest>();
  private readonly signing = new WeakMap<DesiredState, Promise<SignedManifest>>();

  constructor(private readonly signer: Signer) {}

  /** The manifest when it is signed and not due: the path of an idle poll, without a promise. */
  ready(state: DesiredState, now: Date): SignedManifest | undefined {
    const manifest = this.signed.get(state);
    return manifest !== undefined && now.getTime() < manifest.reissueAt ? manifest : undefined;
  }

  /** The manifest, signed now if need be; polls that ask at once share one signature. */
  async current(state: DesiredState, now: Date): Promise<SignedManifest> {
    const ready = this.ready(state, now);
    if (ready !== undefined) return ready;
    const running = this.signing.get(state) ?? this.sign(state, now);
    this.signing.set(state, running);
    try {
      return await running;
    } finally {
      this.signing.delete(state);
    }
  }

  /**
   * The same for a bundle that is carried to devices: with an end of its own, and without deltas, as it holds none.
   * Neither kept nor shared with polls.
   */
  signUntil(state: DesiredState, now: Date, expiresAt: Date): Promise<FlattenedJws> {
    const manifest = { ...toManifest(state, now), issuedAt: now.toISOString(), expiresAt: expiresAt.toISOString() };
    return signManifest({ ...manifest, slots: manifest.slots.map((slot) => ({ ...slot, deltas: [] })) }, this.signer);
  }

  private async sign(state: DesiredState, now: Date): Promise<SignedManifest> {
    const { reissueAt } = validityAt(state.cohort, now);
    const jws = await signManifest(toManifest(state, now), this.signer);
    const digest = await manifestDigest(Buffer.from(jws.payload, 'base64url'));
    const etag = entityTag(digest);
    const manifest = { jws, etag, reissueAt: reissueAt.getTime(), wire: new ManifestWire(jws, etag) };
    this.signed.set(state, manifest);
    return manifest;
  }
}

/** The desired state as a manifest of the period that `now` lies in. */
function toManifest(
  { groupId, cohort, version, baseDigest, assignments, trustRoot }: DesiredState,
  now: Date,
): Manifest {
  const { issuedAt, expiresAt } = validityAt(cohort, now);
  return {
    type: MANIFEST_TYPE,
    group: groupId,
    cohort,
    version,
    issuedAt: issuedAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    base: { digest: baseDigest },
    ...(trustRoot && { trustRoot: [...trustRoot] }),
    slots: assignments.map(({ baseDigest: _, ...slot }) => ({ slot: slot.task, ...slot })),
  };
}
