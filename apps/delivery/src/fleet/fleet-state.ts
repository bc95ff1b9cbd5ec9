import { Injectable } from '@nestjs/common';
import type { Digest } from '@kernelcast/contracts';
import { AppError } from '@kernelcast/platform';
import { KEY_WORDS, parseDeviceKey } from './device-key.js';
import type { DeviceKey } from './device-key.js';
import { DeviceTable, NO_ROW } from './device-table.js';
import type { DesiredState, DeviceRow, DeviceTraits, FleetPicture } from './fleet.types.js';
import { Interned } from './interned.js';
import { PlanBook } from './plan-book.js';
import type { Membership } from './plan-book.js';

/** A device as its requests see it. What is known of it is asked of the fleet, which may change meanwhile. */
export interface KnownDevice {
  readonly id: string;
}

/** Whether a credential is worth something: of what the device has now, and whether the device is known at all. */
export type Standing = 'current' | 'revoked' | 'unknown';

/** Traits by their numbers. */
export interface InternedTraits {
  readonly base: number;
  readonly membership: number;
}

type Variables = Pick<DeviceRow, 'epoch' | 'revoked'> & { readonly versionFloor?: number | undefined };

/** The fleet in memory: polls are answered from here alone. */
@Injectable()
export class FleetState {
  private readonly table = new DeviceTable();
  /** A device's fields by its row. A row may belong to another device once control went back to the event loop. */
  readonly rows = this.table.rows;
  private readonly memberships = new Interned<Membership>((groups) => groups.join());
  private readonly bases = new Interned<Digest>(String);
  private readonly plans = new PlanBook();
  private readonly key: DeviceKey = new Uint32Array(KEY_WORDS);
  private baseDigests: ReadonlySet<Digest> = new Set();
  /** Fleet version of the last picture; -1 before the first. */
  version = -1n;

  get deviceCount(): number {
    return this.table.size;
  }

  /**
   * Replaces rollouts and revocations. Plans that decide as before are kept, and with them their manifests. Of two
   * reads that overtook one another the newer one stands.
   */
  apply(picture: FleetPicture): void {
    if (picture.version < this.version) return;
    // Together with the rollouts of that moment: in between, one version would say two things to a device.
    for (const device of picture.moved ?? []) this.add(device);
    this.plans.apply(picture, this.memberships.all);
    this.baseDigests = picture.baseDigests;
    for (const { id, epoch, revoked } of picture.revocations) {
      const row = this.rowOf(id);
      if (row !== NO_ROW) this.revoke(row, epoch, revoked);
    }
    this.version = picture.version;
  }

  /**
   * Takes a device in, or what is new of one that is known.
   * @throws RangeError for an id that is no ULID, or a device without a base network
   */
  add({ id, epoch, revoked, versionFloor, membershipAt: _, ...traits }: DeviceRow): KnownDevice {
    const interned = this.intern(traits);
    if (!parseDeviceKey(id, this.key)) throw new RangeError(`${id} is not the id of a device`);
    this.put(this.key, interned, { epoch, revoked, versionFloor });
    return { id };
  }

  /**
   * What is kept of traits, alike for all devices that share them. Their base is the first of those that is known here.
   * @throws RangeError when there is none
   */
  intern({ groupId, selectorGroups = [], baseDigests }: DeviceTraits): InternedTraits {
    const baseDigest = baseDigests.find((digest) => this.baseDigests.has(digest)) ?? baseDigests[0];
    if (baseDigest === undefined) throw new RangeError('a device holds no base network');
    return {
      base: this.bases.numberOf(baseDigest),
      membership: this.memberships.numberOf([groupId, ...selectorGroups]),
    };
  }

  /** The same as {@link add} for traits that were interned and a key already read. */
  put(key: DeviceKey, { base, membership }: InternedTraits, { epoch, revoked, versionFloor = 0 }: Variables): void {
    const known = this.table.find(key);
    const row = known === NO_ROW ? this.table.insert(key) : known;
    this.rows.setBase(row, base);
    this.rows.setMembership(row, membership);
    this.rows.setFloor(row, Math.max(versionFloor, this.rows.floor(row)));
    this.rows.setDecision(row, 0, 0);
    this.revoke(row, epoch, revoked);
  }

  remove(id: string): void {
    if (parseDeviceKey(id, this.key)) this.table.remove(this.key);
  }

  knowsBaseOf({ baseDigests }: Pick<DeviceRow, 'baseDigests'>): boolean {
    return baseDigests.some((digest) => this.baseDigests.has(digest));
  }

  device(id: string): KnownDevice | undefined {
    return this.rowOf(id) === NO_ROW ? undefined : { id };
  }

  /** @returns the row of a device until the next change of the fleet, or {@link NO_ROW} */
  rowOf(id: string): number {
    return parseDeviceKey(id, this.key) ? this.table.find(this.key) : NO_ROW;
  }

  /** The same by a key already read. */
  rowOfKey(key: DeviceKey): number {
    return this.table.find(key);
  }

  /** @param epoch of the credential that the device came with */
  standing({ id }: KnownDevice, epoch: number): Standing {
    const row = this.rowOf(id);
    return row === NO_ROW ? 'unknown' : this.standingAt(row, epoch);
  }

  standingAt(row: number, epoch: number): Standing {
    return this.rows.isRevoked(row) || epoch < this.rows.epoch(row) ? 'revoked' : 'current';
  }

  /** @throws AppError `credential_invalid` when the device was removed */
  desiredFor({ id }: KnownDevice): DesiredState {
    const row = this.rowOf(id);
    if (row === NO_ROW) throw new AppError('credential_invalid');
    return this.desiredAt(row);
  }

  /** What the device of a row should run: decided once a plan, looked up after. */
  desiredAt(row: number): DesiredState {
    const { rows } = this;
    const membership = rows.membership(row);
    const groups = this.memberships.at(membership);
    const plan = this.plans.planOf(membership, groups);
    const known = rows.plan(row) === plan.number ? plan.state(rows.state(row)) : undefined;
    if (known !== undefined) return known;
    const device = { id: rows.idOf(row), groupId: groups[0], baseDigest: this.bases.at(rows.base(row)) };
    const decided = plan.decide(device, rows.floor(row));
    rows.setDecision(row, plan.number, decided.number);
    return decided.state;
  }

  /** What the device should have run by the plans that were replaced since a moment in Unix milliseconds. */
  formerlyDesired({ id }: KnownDevice, since: number): DesiredState[] {
    const row = this.rowOf(id);
    if (row === NO_ROW) return [];
    const membership = this.rows.membership(row);
    const [groupId] = this.memberships.at(membership);
    const device = { id, groupId, baseDigest: this.bases.at(this.rows.base(row)) };
    return this.plans.retiredSince(membership, since).map((plan) => plan.desiredFor(device));
  }

  /** Epochs only rise: a picture read before an enrolment cannot undo what came after it. */
  private revoke(row: number, epoch: number, revoked: boolean): void {
    if (epoch >= this.rows.epoch(row)) this.rows.setStanding(row, epoch, revoked);
  }
}
