import type { AttributeCondition, DeviceSelector } from '@kernelcast/contracts';

/** JSON strings are string literals of jsonpath too (PostgreSQL 9.16.2, after ECMAScript). */
const literal = (text: string): string => JSON.stringify(text);

const test = ({ key, equals, in: values = [] }: AttributeCondition): string => {
  const attribute = `$.${literal(key)}`;
  const wanted = equals === undefined ? values : [equals];
  if (wanted.length === 0) return `exists(${attribute})`;
  return wanted.map((value) => `${attribute} == ${literal(value)}`).join(' || ');
};

/**
 * A selector as a jsonpath predicate over the attributes of a device, for PostgreSQL's `@@`. What is said of an
 * attribute that a device does not have is false, and its negation true.
 */
export const selectorPath = (selector: DeviceSelector): string =>
  selector.map((condition) => `${condition.not ? '!' : ''}(${test(condition)})`).join(' && ');
