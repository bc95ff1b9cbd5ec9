import type { Digest, FlattenedJws, ManifestSlot } from '@kernelcast/contracts';

/** What devices have in common with many others. */
export interface DeviceTraits {
  /** The group that its enrolment token fixed. */
  readonly groupId: string;
  /** Groups that it is in by its attributes, in the order of their ids. */
  readonly selectorGroups?: readonly string[];
  readonly baseDigests: readonly Digest[];
}

/** What is read of a device to answer its polls. */
export interface DeviceRow extends DeviceTraits {
  readonly id: string;
  readonly epoch: number;
  readonly revoked: boolean;
  /** Lowest version of its manifests since its groups last changed: above all that it may have accepted before. */
  readonly versionFloor?: number;
  /** Fleet version at which its groups last changed: what an older picture says of them is not for it. */
  readonly membershipAt?: bigint;
}

/** One modulator version as a slot of a manifest. */
export interface Assignment {
  readonly task: string;
  readonly modulatorVersion: number;
  readonly digest: Digest;
  readonly size: number;
  readonly encoding: ManifestSlot['encoding'];
  readonly labelsDigest: Digest;
  readonly statement: FlattenedJws;
  /** By which devices that hold another version may come to this one. */
  readonly deltas: ManifestSlot['deltas'];
  readonly baseDigest: Digest;
}

/** A rollout that may decide what devices of its group run. */
export interface ActiveRollout {
  readonly id: string;
  readonly groupId: string;
  readonly startedAt: Date;
  /** Goes before the time of the start, where several rollouts of one task reach a device. */
  readonly priority: number;
  /** Share of the group that it reaches now, 0 to 1. */
  readonly share: number;
  readonly assignment: Assignment;
  /** Since when it is given up or its version in quarantine: it does not decide for devices that enrolled later. */
  readonly frozenAt?: Date;
  /** Its version is in quarantine: devices that had left it do not come back to it. */
  readonly quarantined?: boolean;
  /** Rolled back, or its version revoked: it decides nothing, but says which devices had left older rollouts for it. */
  readonly withdrawn?: boolean;
}

/** Everything the desired state of the fleet follows from, devices aside. */
export interface FleetPicture {
  /** Rises with every change of any desired state or credential epoch. */
  readonly version: bigint;
  readonly rollouts: readonly ActiveRollout[];
  /** For each group the fleet version at which its desired state last changed, ended rollouts included. */
  readonly groupVersions: ReadonlyMap<string, number>;
  readonly baseDigests: ReadonlySet<Digest>;
  /** What devices are to trust, as the release keys have signed it; none before the first change of keys. */
  readonly trustRoot?: readonly FlattenedJws[];
  /** Devices whose groups changed since the picture before, as they are at this version. */
  readonly moved?: readonly DeviceRow[];
  /** Devices whose credentials were ever revoked. */
  readonly revocations: readonly Pick<DeviceRow, 'id' | 'epoch' | 'revoked'>[];
}

/** What the devices of a cohort have in common before anything is decided for them. */
export interface Audience {
  /** Home group: that of the token they enrolled with. */
  readonly groupId: string;
  readonly baseDigest: Digest;
}

/** What the devices of a cohort should run. One object per cohort and version: it is compared by identity. */
export interface DesiredState extends Audience {
  readonly cohort: string;
  readonly version: number;
  readonly trustRoot?: readonly FlattenedJws[];
  /** One for each slot, sorted by task. */
  readonly assignments: readonly Assignment[];
}

/** Of no device: what stands where nothing was asked yet. */
export const NOTHING_DESIRED: DesiredState = {
  groupId: '',
  cohort: '',
  version: 0,
  baseDigest: `sha256:${'0'.repeat(64)}`,
  assignments: [],
};
