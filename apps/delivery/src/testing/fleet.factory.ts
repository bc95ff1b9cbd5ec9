import type { Digest } from '@kernelcast/contracts';
import type { ActiveRollout, Assignment, FleetPicture } from '../fleet/fleet.types.js';

/** A digest of one repeated hexadecimal digit. */
export const digestOfDigit = (digit: string): Digest => `sha256:${digit.repeat(64)}`;
export const BASE = digestOfDigit('b');

/** Ids that differ in their last digits. */
export const aDeviceId = (n: number): string => `dev_01J9Z3K2Q4R5S6T7${String(n).padStart(10, '0')}`;

export const anAssignment = (fields: Partial<Assignment> = {}): Assignment => ({
  task: 'digits',
  modulatorVersion: 1,
  digest: digestOfDigit('1'),
  size: 100,
  encoding: 'f16',
  labelsDigest: digestOfDigit('7'),
  statement: { protected: 'eyJ9', payload: 'e30', signature: 'c2ln' },
  deltas: [],
  baseDigest: BASE,
  ...fields,
});

export const aRollout = (fields: Partial<ActiveRollout> = {}): ActiveRollout => ({
  id: 'rol_1',
  groupId: 'grp_1',
  startedAt: new Date('2026-01-01T00:00:00Z'),
  priority: 0,
  share: 1,
  assignment: anAssignment(),
  ...fields,
});

/** @param version fleet version, also that of every group named */
export const aPicture = (version: number, rollouts: ActiveRollout[], groups = ['grp_1']): FleetPicture => ({
  version: BigInt(version),
  rollouts,
  groupVersions: new Map(groups.map((id) => [id, version])),
  baseDigests: new Set([BASE]),
  revocations: [],
});
