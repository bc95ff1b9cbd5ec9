import type { CreatedFilters, ListQuery, Page } from '@kernelcast/contracts';
import { Prisma, type Tx } from '@kernelcast/database';
import { decodeCursor, encodeCursor, type KeyType, type Position } from './cursor.js';

/** Something a list can be sorted by. Its column holds no null, and an index has it behind the columns filtered by. */
export interface SortKey {
  readonly column: Prisma.Sql;
  readonly type: KeyType;
}

/** A table as a list shows it. */
export interface Listing<S extends string> {
  /** Name in cursors: that of one list is none of another. */
  readonly name: string;
  readonly from: Prisma.Sql;
  readonly id: Prisma.Sql;
  readonly sorts: Readonly<Record<S, SortKey>>;
}

/** Filter by a column that shall have one of a few values. */
export interface OneOf {
  readonly column: Prisma.Sql;
  readonly values: readonly string[];
  /** Type of the column, e.g. `text`. */
  readonly type: Prisma.Sql;
}

export interface PageRequest<S extends string> {
  /** All filters and the order; the cursor is bound to them. */
  readonly query: ListQuery<S>;
  /** What the list belongs to, such as the project and the id in the path; the cursor is bound to it as well. */
  readonly scope: readonly string[];
  readonly where: readonly Prisma.Sql[];
  readonly oneOf?: readonly (OneOf | undefined)[];
}

interface Order {
  readonly key: SortKey;
  readonly falling: boolean;
}

const orderOf = <S extends string>({ sorts }: Listing<S>, { sort }: ListQuery<S>): Order => {
  const falling = sort.startsWith('-');
  return { key: sorts[(falling ? sort.slice(1) : sort) as S], falling };
};

const boundTo = <S extends string>({ name }: Listing<S>, { query, scope }: PageRequest<S>): unknown => {
  const { limit: _limit, after: _after, ...rest } = query;
  return { name, scope, ...rest };
};

/** Conditions as one; the whole list without any. */
const allOf = (conditions: readonly Prisma.Sql[]): Prisma.Sql =>
  conditions.length === 0 ? Prisma.sql`TRUE` : Prisma.join([...conditions], ' AND ');

const isOne = ({ column, values, type }: OneOf): Prisma.Sql =>
  values.length === 1
    ? Prisma.sql`${column} = CAST(${values[0]} AS ${type})`
    : Prisma.sql`${column} = ANY (CAST(${[...values]} AS ${type}[]))`;

/**
 * Statement for one row more than a page holds, by keyset: an index is entered where the page before ended, so that the
 * last page costs what the first does. Of several values each is read in order for itself, then the pages are merged:
 * no index has them in one order.
 */
const pageSql = <S extends string>(listing: Listing<S>, request: PageRequest<S>): Prisma.Sql => {
  const { query, where } = request;
  const filters = request.oneOf?.filter((filter) => filter !== undefined) ?? [];
  const merged = filters.find(({ values }) => values.length > 1);
  const order = orderOf(listing, query);
  const from =
    query.after === undefined ? undefined : decodeCursor(query.after, order.key.type, boundTo(listing, request));
  const conditions = [
    ...where,
    ...filters.filter((filter) => filter !== merged).map(isOne),
    ...(from ? [beyond(listing, order, from)] : []),
  ];
  const rows = (more: readonly Prisma.Sql[]) => Prisma.sql`
    SELECT ${listing.id} AS id, ${order.key.column} AS key FROM ${listing.from}
    WHERE ${allOf([...more, ...conditions])}
    ORDER BY ${directed(order, order.key.column)}, ${directed(order, listing.id)} LIMIT ${query.limit + 1}`;
  if (!merged) return rows([]);
  return Prisma.sql`
    SELECT row.id, row.key FROM unnest(CAST(${[...new Set(merged.values)]} AS ${merged.type}[])) AS one(value)
    CROSS JOIN LATERAL (${rows([Prisma.sql`${merged.column} = one.value`])}) row
    ORDER BY ${directed(order, Prisma.sql`row.key`)}, ${directed(order, Prisma.sql`row.id`)} LIMIT ${query.limit + 1}`;
};

const directed = ({ falling }: Order, column: Prisma.Sql): Prisma.Sql =>
  falling ? Prisma.sql`${column} DESC` : Prisma.sql`${column} ASC`;

const SQL_TYPES: Readonly<Record<KeyType, Prisma.Sql>> = {
  time: Prisma.sql`timestamptz`,
  text: Prisma.sql`text`,
  integer: Prisma.sql`int4`,
  real: Prisma.sql`float8`,
};

const beyond = <S extends string>({ id }: Listing<S>, { key, falling }: Order, at: Position): Prisma.Sql => {
  const place = Prisma.sql`(CAST(${at.key} AS ${SQL_TYPES[key.type]}), ${at.id})`;
  return falling ? Prisma.sql`(${key.column}, ${id}) < ${place}` : Prisma.sql`(${key.column}, ${id}) > ${place}`;
};

/**
 * Reads a page of ids in their order; `rowsOf` then reads what is shown of them.
 * @throws AppError `invalid_cursor`
 */
export const readPage = async <S extends string, T extends { id: string }>(
  tx: Tx,
  listing: Listing<S>,
  request: PageRequest<S>,
  rowsOf: (ids: string[]) => Promise<T[]>,
): Promise<Page<T>> => {
  if (request.oneOf?.some((filter) => filter?.values.length === 0)) return { data: [], nextCursor: null };
  const found = await tx.$queryRaw<Position[]>(pageSql(listing, request));
  const kept = found.slice(0, request.query.limit);
  const last = kept.at(-1);
  const rows = new Map((kept.length === 0 ? [] : await rowsOf(kept.map(({ id }) => id))).map((row) => [row.id, row]));
  return {
    data: kept.flatMap(({ id }) => rows.get(id) ?? []),
    nextCursor: found.length > kept.length && last ? encodeCursor(last, boundTo(listing, request)) : null,
  };
};

/** Conditions of the filters by time. */
export const createdWithin = ({ createdAfter, createdBefore }: CreatedFilters, column: Prisma.Sql): Prisma.Sql[] => [
  ...(createdAfter === undefined ? [] : [Prisma.sql`${column} >= ${new Date(createdAfter)}`]),
  ...(createdBefore === undefined ? [] : [Prisma.sql`${column} < ${new Date(createdBefore)}`]),
];

/** Condition that a name has a part; what LIKE reads as a pattern is taken as it is. */
export const nameHolds = (search: string | undefined, column: Prisma.Sql): Prisma.Sql[] =>
  search === undefined ? [] : [Prisma.sql`${column} LIKE ${`%${search.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`}`];

/** Filter by a column of texts, or of the type given; none where nothing was asked for. */
export const oneOf = (
  column: Prisma.Sql,
  asked: string | readonly string[] | undefined,
  type = Prisma.sql`text`,
): OneOf | undefined => (asked === undefined ? undefined : { column, values: [asked].flat(), type });
