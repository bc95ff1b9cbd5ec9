import { Injectable } from '@nestjs/common';
import type { Digest } from '@kernelcast/contracts';
import type { ActiveRollout, DesiredState, DeviceRow, FleetPicture } from './fleet.types.js';
import { GroupPlan } from './group-plan.js';

/** A device as polls see it. Kept for every device: no field more than needed. */
export interface KnownDevice {
  readonly id: string;
  readonly groupId: string;
  /** The base network its manifests are for: the first of those it holds that is known here. */
  readonly baseDigest: Digest;
  /** Credentials of an older epoch are refused. */
  epoch: number;
  revoked: boolean;
  /** What it should run, and the plan that decided it. */
  decided?: { plan: GroupPlan; state: DesiredState };
}

/** The fleet in memory: polls are answered from here alone. */
@Injectable()
export class FleetState {
  private readonly devices = new Map<string, KnownDevice>();
  private plans = new Map<string, GroupPlan>();
  /** Of a group that never had a rollout. */
  private emptyPlan = new GroupPlan(0, []);
  private baseDigests: ReadonlySet<Digest> = new Set();
  /** Fleet version of the last picture; -1 before the first. */
  version = -1n;

  get deviceCount(): number {
    return this.devices.size;
  }

  /**
   * Replaces rollouts and revocations. Plans that decide as before are kept, and with them their manifests. Of two
   * reads that overtook one another the newer one stands.
   */
  apply(picture: FleetPicture): void {
    if (picture.version < this.version) return;
    const next = new Map<string, GroupPlan>();
    const byGroup = groupRollouts(picture.rollouts);
    for (const [groupId, version] of picture.groupVersions) {
      const plan = new GroupPlan(version, byGroup.get(groupId) ?? [], picture.trustRoot);
      const old = this.plans.get(groupId);
      next.set(groupId, old?.fingerprint === plan.fingerprint ? old : plan);
    }
    this.plans = next;
    const empty = new GroupPlan(0, [], picture.trustRoot);
    if (empty.fingerprint !== this.emptyPlan.fingerprint) this.emptyPlan = empty;
    this.baseDigests = picture.baseDigests;
    for (const { id, epoch, revoked } of picture.revocations) this.revoke(id, epoch, revoked);
    this.version = picture.version;
  }

  /** Takes a device in, or its newer epoch when it is known. */
  add({ id, groupId, baseDigests, epoch, revoked }: DeviceRow): KnownDevice {
    const known = this.devices.get(id);
    if (known !== undefined) {
      this.revoke(id, epoch, revoked);
      return known;
    }
    const baseDigest = baseDigests.find((digest) => this.baseDigests.has(digest)) ?? baseDigests[0];
    if (baseDigest === undefined) throw new RangeError(`device ${id} holds no base network`);
    const device: KnownDevice = { id, groupId, baseDigest, epoch, revoked };
    this.devices.set(id, device);
    return device;
  }

  knowsBaseOf({ baseDigests }: Pick<DeviceRow, 'baseDigests'>): boolean {
    return baseDigests.some((digest) => this.baseDigests.has(digest));
  }

  device(id: string): KnownDevice | undefined {
    return this.devices.get(id);
  }

  desiredFor(device: KnownDevice): DesiredState {
    const plan = this.plans.get(device.groupId) ?? this.emptyPlan;
    if (device.decided?.plan !== plan) device.decided = { plan, state: plan.desiredFor(device) };
    return device.decided.state;
  }

  /** Epochs only rise: a picture read before an enrolment cannot undo what came after it. */
  private revoke(id: string, epoch: number, revoked: boolean): void {
    const device = this.devices.get(id);
    if (device === undefined || epoch < device.epoch) return;
    device.epoch = epoch;
    device.revoked = revoked;
  }
}

function groupRollouts(rollouts: readonly ActiveRollout[]): Map<string, ActiveRollout[]> {
  const groups = new Map<string, ActiveRollout[]>();
  for (const rollout of rollouts) {
    const group = groups.get(rollout.groupId);
    if (group === undefined) groups.set(rollout.groupId, [rollout]);
    else group.push(rollout);
  }
  return groups;
}
