import type { Page, PageQuery } from '@kernelcast/contracts';

/** How a repository reads one row more than a page holds, to know whether there is another page. */
export const takeOneMore = ({ limit }: PageQuery): number => limit + 1;

/** Cuts the extra row off; the last item that stays is where the next page starts. */
export const toPage = <T>(items: T[], { limit }: PageQuery, cursorOf: (item: T) => string): Page<T> => {
  const data = items.slice(0, limit);
  const last = data.at(-1);
  return { data, nextCursor: items.length > limit && last ? cursorOf(last) : null };
};

/** A page of things with an id, newest first: ids sort by age. */
export const pageById = <T extends { id: string }>(items: T[], query: PageQuery): Page<T> =>
  toPage(items, query, ({ id }) => id);

/** Prisma arguments for a page of things with an id, newest first. */
export const newestFirst = (query: PageQuery) => ({
  orderBy: { id: 'desc' as const },
  take: takeOneMore(query),
});

/** Condition for the rows after a cursor, newest first. */
export const afterCursor = ({ after }: PageQuery) => (after === undefined ? {} : { id: { lt: after } });

/** Condition for a thing that people may call by its id or by its name. Ids hold `_`, which no name does. */
export const idOrName = (reference: string): { id: string } | { name: string } =>
  reference.includes('_') ? { id: reference } : { name: reference };

/** Largest number of a version that a column can hold. */
export const MAX_VERSION = 2 ** 31 - 1;
