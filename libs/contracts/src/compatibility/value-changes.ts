import type { Schema } from './api-document.js';

/** Whether the client sends the value, so that less may not be taken, or gets it, so that nothing may be missing. */
export type Direction = 'request' | 'response';

export const describe = (value: unknown): string => JSON.stringify(value);
const listed = (values: readonly unknown[]): string => values.map(describe).join(', ');

/** The types of a schema; undefined for any. */
export const typesOf = ({ type, enum: values, const: value }: Schema): readonly string[] | undefined => {
  if (type !== undefined) return typeof type === 'string' ? [type] : type;
  const given = values ?? (value === undefined ? undefined : [value]);
  return given && [...new Set(given.map((item) => (item === null ? 'null' : typeof item)))];
};

const isTakenBy = (type: string, types: readonly string[]): boolean =>
  types.includes(type) || (type === 'integer' && types.includes('number'));

/** What became of the types of a value. */
export const typeChanges = (before: Schema, now: Schema, direction: Direction): string[] => {
  const [old, current] = [typesOf(before), typesOf(now)];
  const [narrow, wide] = direction === 'request' ? [old, current] : [current, old];
  if (wide === undefined || (narrow !== undefined && narrow.every((type) => isTakenBy(type, wide)))) return [];
  return [`was ${old?.join(' or ') ?? 'anything'} and is ${current?.join(' or ') ?? 'anything'} now`];
};

const valuesOf = ({ enum: values, const: value }: Schema): readonly unknown[] | undefined =>
  values ?? (value === undefined ? undefined : [value]);

/**
 * What became of the values that are listed. Answers may come to have others: clients are told to expect that. But they
 * may not become free, or be others altogether.
 */
export const listedValueChanges = (before: Schema, now: Schema, direction: Direction): string[] => {
  const [old, current] = [valuesOf(before), valuesOf(now)];
  if (direction === 'request') {
    if (current === undefined) return [];
    if (old === undefined) return [`takes nothing but ${listed(current)} now`];
    const gone = old.filter((value) => !current.includes(value));
    return gone.length > 0 ? [`does not take ${listed(gone)} any more`] : [];
  }
  if (old === undefined) return [];
  if (current === undefined) return [`was one of ${listed(old)} and may be anything now`];
  return old.some((value) => current.includes(value)) ? [] : [`was ${listed(old)} and is ${listed(current)} now`];
};

const LOWEST = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const HIGHEST = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];
/** Of these nobody can tell whether the new one takes all that the old one took. */
const OPAQUE = ['pattern', 'format', 'multipleOf', 'uniqueItems', 'contentEncoding'];

/** Bounds that are tighter than they were, and forms that are others; what is sent must still be taken. */
export const boundChanges = (before: Schema, now: Schema): string[] => {
  const tightened = (keyword: string, isTighter: (old: number, current: number) => boolean): string[] => {
    const [old, current] = [before[keyword], now[keyword]];
    if (typeof current !== 'number' || (typeof old === 'number' && !isTighter(old, current))) return [];
    return [`has the ${keyword} ${current} now${typeof old === 'number' ? `, which was ${old}` : ''}`];
  };
  return [
    ...LOWEST.flatMap((keyword) => tightened(keyword, (old, current) => current > old)),
    ...HIGHEST.flatMap((keyword) => tightened(keyword, (old, current) => current < old)),
    ...OPAQUE.flatMap((keyword) =>
      now[keyword] === undefined || now[keyword] === before[keyword]
        ? []
        : [`has the ${keyword} ${describe(now[keyword])} now`],
    ),
  ];
};
