import { z } from 'zod';
import { PAGE_LIMIT_DEFAULT, PAGE_LIMIT_MAX, timestampSchema } from './primitives.js';

/** Characters of a search text below which an index of trigrams finds nothing. */
const SEARCH_MIN = 3;
/** A cursor holds a sort key (a name at most) and an id, in base64url. */
const MAX_CURSOR = 512;
/** Values that one filter may list. */
const MAX_VALUES = 16;

/** A name of a sort key, or with `-` the same from the end. */
export type SortBy<S extends string> = S | `-${S}`;

/**
 * Query of a list: `limit`, `after`, `sort=createdAt` or `sort=-createdAt`, and filters that must all hold. Parameters
 * that are none are refused: a mistyped filter would otherwise show everything.
 * @param sorts names of the keys that there is an index for; the first is the default, newest or last first
 */
export const listQuery = <S extends string, F extends z.ZodRawShape>(sorts: readonly [S, ...S[]], filters: F) => {
  const [first] = sorts;
  const orders = sorts.flatMap((key): SortBy<S>[] => [`-${key}`, key]) as [SortBy<S>, ...SortBy<S>[]];
  return z
    .object({
      limit: z.coerce.number().int().min(1).max(PAGE_LIMIT_MAX).default(PAGE_LIMIT_DEFAULT),
      after: z.string().min(1).max(MAX_CURSOR).optional().meta({
        description: '`nextCursor` of the page before; it holds for the same filters and order only',
      }),
      sort: z
        .enum(orders)
        .default(`-${first}` as never)
        .meta({ description: 'Key to sort by, falling with a `-`' }),
      ...filters,
    })
    .strict();
};

/** What every list takes: any filters, one of its own sort keys. */
export interface ListQuery<S extends string = string> {
  readonly limit: number;
  readonly after?: string | undefined;
  readonly sort: SortBy<S>;
}

/** Filters by the time at which something was made. */
export const createdFilters = {
  createdAfter: timestampSchema.optional().meta({ description: 'Made at this time or later' }),
  createdBefore: timestampSchema.optional().meta({ description: 'Made before this time' }),
};
export interface CreatedFilters {
  readonly createdAfter?: string | undefined;
  readonly createdBefore?: string | undefined;
}

/** Filter by a part of the name. */
export const searchFilter = {
  search: z.string().min(SEARCH_MIN).max(64).optional().meta({ description: 'Part of the name, in lower case' }),
};

/** A parameter that may be repeated. Of most, one of the values is enough. */
export const anyOf = <T extends z.ZodType<string>>(value: T) =>
  z
    .preprocess((given) => (typeof given === 'string' ? [given] : given), z.array(value).min(1).max(MAX_VALUES))
    .optional();
