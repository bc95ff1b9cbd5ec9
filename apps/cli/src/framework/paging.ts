import { InvalidArgumentError, type Option } from 'commander';
import { parseMoment } from './parsers.js';
import { option } from './registry-command.js';

/** The largest page that the API gives. */
const PAGE_MAX = 200;
const DEFAULT_LIMIT = 50;

export interface PageFlags {
  readonly limit?: number;
  readonly after?: string;
  readonly all?: boolean;
}

export interface ListFlags<Sort extends string = string> extends PageFlags {
  readonly sort?: Sort;
  readonly search?: string;
  readonly createdAfter?: string;
  readonly createdBefore?: string;
}

interface Page<T> {
  data: T[];
  nextCursor: string | null;
}

const parseLimit = (text: string): number => {
  const limit = Number(text);
  if (!Number.isInteger(limit) || limit < 1) throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return limit;
};

export const pageOptions = (): Option[] => [
  option('-n, --limit <count>', `entries to show (default: ${DEFAULT_LIMIT})`).argParser(parseLimit),
  option('--after <cursor>', 'go on behind an earlier list'),
  option('--all', 'show all, however many').conflicts('limit'),
];

/** Orders of lists of what has a name. */
export type NamedSort = 'createdAt' | '-createdAt' | 'name' | '-name';
/** Orders of lists by their time alone. */
export type TimeSort = 'createdAt' | '-createdAt';

const parsePast = (text: string): string => parseMoment(text, { before: true });

/** Options of a list that can be sorted by these keys, and searched by name where it has names. */
export const listOptions = (sorts: readonly string[], { search = false } = {}): Option[] => [
  option('--sort <key>', 'order, falling with a -').choices(sorts.flatMap((key) => [`-${key}`, key])),
  ...(search ? [option('--search <text>', 'only those whose name holds this, three characters at least')] : []),
  option('--created-after <time>', 'only those made since: a time, or a span back like 7d').argParser(parsePast),
  option('--created-before <time>', 'only those made before: a time, or a span back like 7d').argParser(parsePast),
  ...pageOptions(),
];

/** The query of what {@link listOptions} took. */
export const listQueryOf = <Sort extends string>({ sort, search, createdAfter, createdBefore }: ListFlags<Sort>) => ({
  ...(sort && { sort }),
  ...(search && { search }),
  ...(createdAfter && { createdAfter }),
  ...(createdBefore && { createdBefore }),
});

/** As many entries as are wanted, by as many requests as it takes. */
export const readPages = async <T>(
  { limit = DEFAULT_LIMIT, after, all }: PageFlags,
  read: (query: { limit: number; after?: string }) => Promise<{ data: Page<T> }>,
): Promise<Page<T>> => {
  const data: T[] = [];
  let cursor = after;
  for (;;) {
    const left = all ? PAGE_MAX : limit - data.length;
    const { data: page } = await read({
      limit: Math.min(PAGE_MAX, left),
      ...(cursor !== undefined && { after: cursor }),
    });
    data.push(...page.data);
    if (page.nextCursor === null || (!all && data.length >= limit)) return { data, nextCursor: page.nextCursor };
    cursor = page.nextCursor;
  }
};
