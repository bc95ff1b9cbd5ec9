import type { ListDevicesQuery } from '@kernelcast/contracts';
import { Prisma } from '@kernelcast/database';
import { createdWithin, oneOf, type Listing, type PageRequest } from '../paging/keyset.js';
import { ownedBy } from '../paging/references.js';

const createdAt = { column: Prisma.sql`created_at`, type: 'time' } as const;
const DEVICES: Listing<'createdAt'> = {
  name: 'devices',
  from: Prisma.sql`devices`,
  id: Prisma.sql`id`,
  sorts: { createdAt },
};
/** The devices that have an attribute, read from where the database keeps these in the order of the list. */
const BY_ATTRIBUTE: Listing<'createdAt'> = {
  name: 'devices',
  from: Prisma.sql`device_attributes`,
  id: Prisma.sql`device_id`,
  sorts: { createdAt },
};

/** The devices of a group that they are in by their attributes. */
const BY_SELECTOR: Listing<'createdAt'> = {
  name: 'devices',
  from: Prisma.sql`device_group_members`,
  id: Prisma.sql`device_id`,
  sorts: { createdAt },
};

export interface DeviceListing {
  readonly listing: Listing<'createdAt'>;
  readonly request: PageRequest<'createdAt'>;
}

/** @param groups ids of the groups that the filter by group refers to */
export const deviceListing = (
  projectId: string,
  query: ListDevicesQuery,
  groups: readonly string[] | undefined,
): DeviceListing => {
  const [first, ...others] = (query.attribute ?? []).map(toAttribute);
  const common = { query, scope: [projectId] };
  const owned = [ownedBy(projectId), ...createdWithin(query, createdAt.column)];
  if (!first) {
    const state = oneOf(Prisma.sql`state`, query.state, Prisma.sql`"DeviceState"`);
    const request = { ...common, where: owned, oneOf: [oneOf(Prisma.sql`group_id`, groups), state] };
    return { listing: DEVICES, request };
  }
  const where = [...owned, isAttribute(first), ...others.map(alsoHas), ...deviceIs(query, groups)];
  return { listing: BY_ATTRIBUTE, request: { ...common, where } };
};

interface Attribute {
  readonly key: string;
  readonly value: string;
}

const toAttribute = (text: string): Attribute => {
  const colon = text.indexOf(':');
  return { key: text.slice(0, colon), value: text.slice(colon + 1) };
};

const isAttribute = ({ key, value }: Attribute): Prisma.Sql => Prisma.sql`key = ${key} AND value = ${value}`;

const alsoHas = (attribute: Attribute): Prisma.Sql => Prisma.sql`EXISTS (
  SELECT 1 FROM device_attributes other WHERE other.project_id = device_attributes.project_id
  AND other.key = ${attribute.key} AND other.value = ${attribute.value}
  AND other.created_at = device_attributes.created_at AND other.device_id = device_attributes.device_id)`;

const deviceIs = ({ state }: ListDevicesQuery, groups: readonly string[] | undefined): Prisma.Sql[] => {
  const asked = [
    ...(state === undefined ? [] : [Prisma.sql`device.state = CAST(${state} AS "DeviceState")`]),
    ...(groups === undefined ? [] : [Prisma.sql`device.group_id = ANY (${[...groups]}::text[])`]),
  ];
  if (asked.length === 0) return [];
  return [
    Prisma.sql`EXISTS (SELECT 1 FROM devices device WHERE device.id = device_id AND ${Prisma.join(asked, ' AND ')})`,
  ];
};

/** @param groupId of a group with a selector, of the project that asks */
export const selectedListing = (projectId: string, query: ListDevicesQuery, groupId: string): DeviceListing => {
  const attributes = (query.attribute ?? []).map(toAttribute).map(
    (attribute) => Prisma.sql`EXISTS (
      SELECT 1 FROM device_attributes a WHERE a.project_id = ${projectId} AND ${isAttribute(attribute)}
      AND a.created_at = device_group_members.created_at AND a.device_id = device_group_members.device_id)`,
  );
  const member = [Prisma.sql`group_id = ${groupId}`, ...createdWithin(query, createdAt.column)];
  const where = [...member, ...attributes, ...deviceIs(query, undefined)];
  return { listing: BY_SELECTOR, request: { query, scope: [projectId], where } };
};
