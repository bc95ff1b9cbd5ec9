import type { attributeConditionSchema } from '@kernelcast/contracts';
import { InvalidArgumentError } from 'commander';
import type { z } from 'zod';

export type Condition = z.input<typeof attributeConditionSchema>;

/** Reads `site=a`, `site=a|b`, `arm` and `!arm`. @throws InvalidArgumentError when there is no key */
export const parseCondition = (text: string): Condition => {
  const not = text.startsWith('!');
  const said = not ? text.slice(1) : text;
  const at = said.indexOf('=');
  const key = at < 0 ? said : said.slice(0, at);
  if (key === '') throw new InvalidArgumentError(`"${text}" names no attribute, like site=a, site=a|b, arm or !arm.`);
  const negated = not ? { not } : {};
  if (at < 0) return { key, exists: true, ...negated };
  const values = said.slice(at + 1).split('|');
  const [value = ''] = values;
  return values.length > 1 ? { key, in: values, ...negated } : { key, equals: value, ...negated };
};

export const collectConditions = (text: string, before: readonly Condition[] = []): Condition[] => [
  ...before,
  parseCondition(text),
];
