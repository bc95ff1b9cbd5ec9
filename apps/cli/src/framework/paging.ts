import { InvalidArgumentError, type Option } from 'commander';
import { option } from './registry-command.js';

/** The largest page that the API gives. */
const PAGE_MAX = 200;
const DEFAULT_LIMIT = 50;

export interface PageFlags {
  readonly limit?: number;
  readonly after?: string;
  readonly all?: boolean;
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
