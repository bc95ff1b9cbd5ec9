import { membershipBound } from '@kernelcast/platform';
import { Prisma } from '@kernelcast/database';

/** A part of a group, as `d` of `devices` in the queries that these conditions go into. */
export interface DeviceShare {
  readonly rolloutId: string;
  readonly groupId: string;
  /** Whether devices are in the group by their attributes. */
  readonly selected: boolean;
  /** 0 to 1. */
  readonly share: number;
}

/** Whether a device is of a group. */
export const inGroup = ({ groupId, selected }: Pick<DeviceShare, 'groupId' | 'selected'>): Prisma.Sql =>
  selected
    ? Prisma.sql`EXISTS (SELECT 1 FROM device_group_members m WHERE m.group_id = ${groupId} AND m.device_id = d.id)`
    : Prisma.sql`d.group_id = ${groupId}`;

/** Whether the hash of a device lies in the share of a rollout: `isMember`, by the database. */
export const inShare = ({ rolloutId, share }: Pick<DeviceShare, 'rolloutId' | 'share'>): Prisma.Sql =>
  share >= 1
    ? Prisma.sql`TRUE`
    : Prisma.sql`substring(sha256(convert_to(${rolloutId} || ':' || d.id, 'UTF8')) FROM 1 FOR 8) < decode(${membershipBound(share)}, 'hex')`;

/** Whether none of the rollouts, which all go before, decides for a device. */
export const decidedByNone = (rivals: readonly (DeviceShare & { readonly frozenAt: Date | null })[]): Prisma.Sql => {
  const decided = rivals.map(({ frozenAt, ...rival }) => {
    const early = frozenAt === null ? Prisma.sql`TRUE` : Prisma.sql`d.created_at <= ${frozenAt}`;
    return Prisma.sql`(${inGroup(rival)} AND ${early} AND ${inShare(rival)})`;
  });
  return decided.length === 0 ? Prisma.sql`TRUE` : Prisma.sql`NOT (${Prisma.join(decided, ' OR ')})`;
};
