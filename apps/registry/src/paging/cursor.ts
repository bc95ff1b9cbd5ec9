import { createHash } from 'node:crypto';
import { canonicalJson } from '@kernelcast/artifact';
import { AppError } from '@kernelcast/platform';
import { z } from 'zod';

/** Where a page ends: the sort key of its last row, and the row's id for rows of equal keys. */
export interface Position {
  readonly key: string | number | Date;
  readonly id: string;
}
export type KeyType = 'time' | 'text' | 'integer' | 'real';

/** Characters of the digest that binds a cursor to its list: enough that no two queries of a client meet. */
const BINDING_LENGTH = 12;
/** Postgres takes no NUL in a text. */
const text = z
  .string()
  .max(200)
  .regex(/^[^\0]*$/);
const KEYS: Readonly<Record<KeyType, z.ZodType<Position['key'], unknown>>> = {
  time: z.iso.datetime().transform((time) => new Date(time)),
  text,
  integer: z.int32(),
  real: z.number(),
};

const bindingOf = (query: unknown): string =>
  createHash('sha256').update(canonicalJson(query)).digest('base64url').slice(0, BINDING_LENGTH);

/** @param query what the cursor holds for: the list, its filters and its order */
export const encodeCursor = ({ key, id }: Position, query: unknown): string =>
  Buffer.from(JSON.stringify([bindingOf(query), key, id])).toString('base64url');

/**
 * Reads a cursor. It is not signed: whoever makes one up only names a place in a list that is theirs to read.
 * @throws AppError `invalid_cursor` for what is no cursor, or one of another query
 */
export const decodeCursor = (cursor: string, type: KeyType, query: unknown): Position => {
  const parsed = z.tuple([z.literal(bindingOf(query)), KEYS[type], text]).safeParse(jsonOf(cursor));
  if (parsed.error) throw new AppError('invalid_cursor', 'Use nextCursor with the filters and the order it came with.');
  const [, key, id] = parsed.data;
  return { key, id };
};

const jsonOf = (cursor: string): unknown => {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined;
  }
};
