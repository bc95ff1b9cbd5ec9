import { idPrefixes } from '@kernelcast/contracts';
import { z } from 'zod';

interface Schema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly minItems?: number;
  readonly minimum?: number;
  readonly minLength?: number;
  readonly pattern?: string;
  readonly format?: string;
}

/** An id that nothing has, of the kind that a prefix stands for. */
export const absentId = (prefix: string): string => `${prefix}_7${'Z'.repeat(25)}`;

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2099-01-01T00:00:00Z',
  email: 'somebody@example.com',
  uri: 'https://example.com/',
};

const textOf = ({ pattern = '', format = '', minLength = 1 }: Schema): string => {
  const prefix = Object.values(idPrefixes).find((known) => pattern.startsWith(`^${known}_`));
  if (prefix) return absentId(prefix);
  if (pattern.includes('sha256')) return `sha256:${'0'.repeat(64)}`;
  return FORMATS[format] ?? 'a'.repeat(Math.max(1, minLength));
};

const sampleOf = (schema: Schema): unknown => {
  const { properties = {}, required = [], items = {}, minItems = 0 } = schema;
  const [choice] = schema.anyOf ?? schema.oneOf ?? [];
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  if (choice) return sampleOf(choice);
  if (schema.type === 'object') {
    // Where everything may be left out, something has to be named.
    const named = required.length > 0 ? required : Object.keys(properties).slice(0, 1);
    return Object.fromEntries(named.map((name) => [name, sampleOf(properties[name] ?? {})]));
  }
  if (schema.type === 'array') return Array.from({ length: minItems }, () => sampleOf(items));
  if (schema.type === 'string') return textOf(schema);
  if (schema.type === 'boolean') return true;
  return Math.max(1, schema.minimum ?? 1);
};

/** The smallest body that a schema allows, as far as JSON Schema can tell. */
export const sampleBody = (schema: z.ZodType): unknown => sampleOf(z.toJSONSchema(schema, { io: 'input' }) as Schema);
