import { createTrainingJobSchema, hyperparametersSchema, metaSettingsSchema } from '@kernelcast/contracts';
import type { z } from 'zod';
import { UsageError } from '../failures/cli-error.js';

/** What the command line may say of a job; every field of the contract has a flag. */
export interface OrderFlags {
  readonly task?: string;
  readonly outputName?: string;
  readonly dataset?: string;
  readonly base?: string;
  readonly method?: string;
  readonly scenario?: string;
  readonly set?: Readonly<Record<string, unknown>>;
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly budgetRatio?: number;
  readonly budgetBytes?: number;
  readonly budgetSeconds?: number;
  readonly seed?: number;
  readonly priority?: number;
  readonly deadline?: string;
  readonly startFrom?: string;
  readonly accelerator?: string;
}

export type Order = z.input<typeof createTrainingJobSchema>;

/** The flag that gives a field, for messages. */
const FLAGS: Readonly<Record<string, string>> = {
  task: '--task',
  outputName: '--output-name',
  datasetVersion: '--dataset',
  baseNetwork: '--base',
  method: '--method',
  scenario: '--scenario',
  hyperparameters: '--set',
  meta: '--meta',
  budget: '--budget-ratio, --budget-bytes or --budget-seconds',
  seed: '--seed',
  priority: '--priority',
  deadline: '--deadline',
  startFrom: '--start-from',
  accelerator: '--accelerator',
};

const present = <T extends object>(fields: T): Partial<T> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>;

const merged = (file: unknown, flags: Readonly<Record<string, unknown>> | undefined) => {
  const fields = { ...(typeof file === 'object' ? file : {}), ...flags };
  return Object.keys(fields).length > 0 ? fields : undefined;
};

/** A list may be given as one number. */
const metaOf = (meta: OrderFlags['meta']) =>
  meta && { ...meta, ...(typeof meta['shots'] === 'number' && { shots: [meta['shots']] }) };

/** Flags laid over an order from a file: a flag wins over the same field there. */
export const layOver = (file: Readonly<Record<string, unknown>>, flags: OrderFlags): Record<string, unknown> => {
  const { task, outputName, dataset, base, method, scenario, seed, priority, deadline, startFrom, accelerator } = flags;
  const budget = present({ paramsRatio: flags.budgetRatio, bytes: flags.budgetBytes, seconds: flags.budgetSeconds });
  return present({
    ...file,
    ...present({ task, outputName, method, scenario, seed, priority, deadline, startFrom, accelerator }),
    ...present({ datasetVersion: dataset, baseNetwork: base }),
    hyperparameters: merged(file['hyperparameters'], flags.set),
    meta: merged(file['meta'], metaOf(flags.meta)),
    budget: merged(file['budget'], budget),
  });
};

const known = (name: string): string[] => {
  if (name === 'hyperparameters') return Object.keys(hyperparametersSchema.shape);
  return name === 'meta' ? Object.keys(metaSettingsSchema.shape) : Object.keys(FLAGS);
};

const describeIssue = ({ path, message, code, ...issue }: z.core.$ZodIssue): string => {
  const [field = ''] = path.map(String);
  const where = [FLAGS[field] ?? '', path.slice(1).join('.')].filter(Boolean).join(' ') || 'the order';
  if (code !== 'unrecognized_keys') return `${where}: ${message}`;
  const keys = 'keys' in issue && Array.isArray(issue.keys) ? issue.keys.join(', ') : '';
  return `${where}: there is no ${keys}; there are ${known(field).join(', ')}`;
};

/** @throws UsageError naming the flags that are wrong or missing */
export const checkOrder = (fields: Readonly<Record<string, unknown>>): Order => {
  const subject = fields['scenario'] === 'meta' ? 'outputName' : 'task';
  const missing = [subject, 'datasetVersion', 'baseNetwork'].filter((field) => fields[field] === undefined);
  const checked = createTrainingJobSchema.safeParse(fields);
  if (checked.success) return fields as Order;
  const issues = checked.error.issues.filter(({ path }) => !missing.some((field) => path[0] === field));
  const lacks = missing.map((field) => `${FLAGS[field]} is missing`);
  throw new UsageError([...lacks, ...issues.map(describeIssue)].join('; '), 'Examples: kernelcast jobs submit --help');
};
