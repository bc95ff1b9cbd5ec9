import type { Schema } from './openapi.types.js';
import { markup, Markup } from './markup.js';

const INDENT = '  ';
const BOUNDS: readonly (readonly [keyword: string, sign: string])[] = [
  ['minimum', '≥'],
  ['exclusiveMinimum', '>'],
  ['maximum', '≤'],
  ['exclusiveMaximum', '<'],
  ['minLength', 'length ≥'],
  ['maxLength', 'length ≤'],
  ['minItems', 'items ≥'],
  ['maxItems', 'items ≤'],
];
/** Bounds of JavaScript's whole numbers, which every integer has, say nothing. */
const isTelling = (bound: unknown): bound is number =>
  typeof bound === 'number' && Math.abs(bound) !== Number.MAX_SAFE_INTEGER;

/** What else holds for a value: bounds, format, pattern, default, and what it is. */
export const remarksOf = (schema: Schema): string =>
  [
    ...BOUNDS.flatMap(([keyword, sign]) => {
      const bound = schema[keyword];
      return isTelling(bound) ? [`${sign} ${bound}`] : [];
    }),
    ...(typeof schema.format === 'string' ? [schema.format] : []),
    ...(typeof schema.pattern === 'string' && schema.format === undefined ? [`matches ${schema.pattern}`] : []),
    ...(schema.default === undefined ? [] : [`default ${JSON.stringify(schema.default)}`]),
    ...(schema.description === undefined ? [] : [schema.description]),
  ].join(', ');

const isUnion = ({ anyOf, oneOf, enum: values }: Schema): boolean => (anyOf ?? oneOf ?? values) !== undefined;

const shapeOf = (schema: Schema, indent: string): Markup => {
  const { anyOf, oneOf, enum: values, const: value, items, properties, additionalProperties, type } = schema;
  const alternatives = anyOf ?? oneOf;
  if (alternatives) return joined(alternatives.map((other) => shapeOf(other, indent)));
  if (values ?? value !== undefined)
    return joined((values ?? [value]).map((item) => markup`<span class="value">${JSON.stringify(item)}</span>`));
  if (items) return isUnion(items) ? markup`(${shapeOf(items, indent)})[]` : markup`${shapeOf(items, indent)}[]`;
  if (properties) return objectOf(schema, indent);
  if (typeof additionalProperties === 'object') return markup`{ [name]: ${shapeOf(additionalProperties, indent)} }`;
  return markup`<span class="type">${schema.format === 'binary' ? 'bytes' : namesOf(type)}</span>`;
};

const namesOf = (type: Schema['type']): string => (typeof type === 'string' ? type : (type?.join(' | ') ?? 'any'));

const joined = (parts: readonly Markup[]): Markup => new Markup(parts.map(({ text }) => text).join(' | '));

const objectOf = ({ properties = {}, required = [] }: Schema, indent: string): Markup => {
  const inner = indent + INDENT;
  const lines = Object.entries(properties).map(([name, schema]) => {
    const remarks = remarksOf(schema);
    const mark = required.includes(name) ? '' : '?';
    const note = remarks === '' ? undefined : markup` <span class="note">// ${remarks}</span>`;
    return markup`${inner}<span class="name">${name}</span>${mark}: ${shapeOf(schema, inner)}${note}\n`;
  });
  return lines.length === 0 ? markup`{}` : markup`{\n${lines}${indent}}`;
};

/** A schema in the manner of TypeScript, with what it does not say by types as remarks. */
export const schemaView = (schema: Schema): Markup => markup`<pre class="schema">${shapeOf(schema, '')}</pre>`;

/** The same in one line, for a parameter. */
export const typeView = (schema: Schema): Markup => markup`<code>${shapeOf(schema, '')}</code>`;
