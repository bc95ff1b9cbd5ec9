import type { Schema } from './api-document.js';
import { boundChanges, describe, listedValueChanges, typeChanges, typesOf, type Direction } from './value-changes.js';

/** Something that clients which worked may fail at: where, as a JSON pointer within a value, and what it is. */
interface Change {
  readonly at: string;
  readonly what: string;
}

interface Pair {
  readonly before: Schema;
  readonly now: Schema;
  readonly direction: Direction;
  readonly at: string;
}

/**
 * Tells how a schema has changed in a way that breaks clients: a `request` must take all that it took, a `response` must
 * have all that it had. More properties, fewer demands and, in answers, further listed values break nobody.
 */
export const schemaChanges = (before: Schema, now: Schema, direction: Direction): string[] =>
  changesOf({ before, now, direction, at: '' }).map(({ at, what }) => `${at || 'the value'} ${what}`);

const changesOf = (pair: Pair): Change[] => {
  const [before, now] = [alternativesOf(pair.before), alternativesOf(pair.now)];
  if (before.length === 1 && now.length === 1) {
    const [onlyBefore, onlyNow] = [before[0], now[0]];
    return onlyBefore && onlyNow ? singleChanges({ ...pair, before: onlyBefore, now: onlyNow }) : [];
  }
  return pair.direction === 'request'
    ? before.flatMap((old) => fewest(pair, now, (current) => [old, current]) ?? [gone(pair, old)])
    : now.flatMap((current) => fewest(pair, before, (old) => [old, current]) ?? [added(pair, current)]);
};

const gone = ({ at }: Pair, old: Schema): Change => ({ at, what: `does not take ${brief(old)} any more` });
const added = ({ at }: Pair, current: Schema): Change => ({ at, what: `may be ${brief(current)} now` });
const brief = (schema: Schema): string =>
  schema.const === undefined ? (typesOf(schema)?.join(' or ') ?? 'anything') : describe(schema.const);

/** Alternatives of alternatives, too. */
const alternativesOf = (schema: Schema): readonly Schema[] => {
  const listed = schema.anyOf ?? schema.oneOf;
  return listed ? listed.flatMap(alternativesOf) : [schema];
};

/** Changes against the alternative that is most like one; undefined when none is of its type. */
const fewest = (
  pair: Pair,
  others: readonly Schema[],
  order: (other: Schema) => [before: Schema, now: Schema],
): Change[] | undefined => {
  const found = others.flatMap((other) => {
    const [before, now] = order(other);
    const isOfKind = typeChanges(before, now, pair.direction).length === 0 && sameTag(before, now);
    return isOfKind ? [singleChanges({ ...pair, before, now })] : [];
  });
  return found.sort((a, b) => a.length - b.length)[0];
};

/** Whether no property has one value in one and another in the other: alternatives are told apart by such. */
const sameTag = ({ properties: a = {} }: Schema, { properties: b = {} }: Schema): boolean =>
  Object.entries(a).every(([name, { const: tag }]) => {
    const other = b[name]?.const;
    return tag === undefined || other === undefined || tag === other;
  });

const singleChanges = (pair: Pair): Change[] => {
  const { before, now, direction, at } = pair;
  const types = typeChanges(before, now, direction);
  if (types.length > 0) return types.map((what) => ({ at, what }));
  const values = [
    ...listedValueChanges(before, now, direction),
    ...(direction === 'request' ? boundChanges(before, now) : formatChange(before, now)),
    ...unknownChanges(before, now),
  ];
  return [...values.map((what) => ({ at, what })), ...propertyChanges(pair), ...memberChanges(pair)];
};

const formatChange = ({ format: before }: Schema, { format: now }: Schema): string[] =>
  before === undefined || before === now ? [] : [`has the format ${describe(now)} now, which was ${describe(before)}`];

/** Keywords that this comparison does not understand; none may change unseen. */
const NOT_UNDERSTOOD = ['allOf', 'not', 'if', 'then', 'else', 'prefixItems', 'contains', 'patternProperties', '$ref'];
const unknownChanges = (before: Schema, now: Schema): string[] =>
  NOT_UNDERSTOOD.filter((keyword) => describe(before[keyword]) !== describe(now[keyword])).map(
    (keyword) => `has another ${keyword}, which cannot be compared`,
  );

const propertyChanges = ({ before, now, direction, at }: Pair): Change[] => {
  const [old, current] = [before.properties ?? {}, now.properties ?? {}];
  const kept = Object.entries(old).flatMap(([name, schema]) => {
    const place = `${at}/${name}`;
    const other = current[name] ?? anyProperty(now);
    if (!other) return [{ at: place, what: direction === 'request' ? 'is not taken any more' : 'is gone' }];
    return changesOf({ before: schema, now: other, direction, at: place });
  });
  return [...kept, ...demandChanges({ before, now, direction, at })];
};

/** The schema of a property that is not named, where such are allowed to be. */
const anyProperty = ({ additionalProperties }: Schema): Schema | undefined =>
  typeof additionalProperties === 'object' ? additionalProperties : undefined;

const demandChanges = ({ before, now, direction, at }: Pair): Change[] => {
  const [old, current] = [before.required ?? [], now.required ?? []];
  if (direction === 'request')
    return current.flatMap((name) => (old.includes(name) ? [] : [{ at: `${at}/${name}`, what: 'must be there now' }]));
  // One that is gone altogether has been told of.
  const stays = (name: string): boolean => now.properties?.[name] !== undefined;
  return old.flatMap((name) =>
    current.includes(name) || !stays(name) ? [] : [{ at: `${at}/${name}`, what: 'may be absent now' }],
  );
};

/** What lists and maps hold. */
const memberChanges = ({ before, now, direction, at }: Pair): Change[] => {
  const items =
    before.items && now.items ? changesOf({ before: before.items, now: now.items, direction, at: `${at}/*` }) : [];
  const [old, current] = [before.additionalProperties ?? true, now.additionalProperties ?? true];
  if (direction === 'request' && old !== false && current === false)
    return [...items, { at, what: 'does not take properties of any name any more' }];
  if (old === false || current === false || (old === true && current === true)) return items;
  const names = changesOf({ before: before.propertyNames ?? {}, now: now.propertyNames ?? {}, direction, at });
  const members = { before: anyProperty(before) ?? {}, now: anyProperty(now) ?? {} };
  return [...items, ...names, ...changesOf({ ...members, direction, at: `${at}/*` })];
};
