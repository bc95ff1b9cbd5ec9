import { z } from 'zod';
import { createdFilters, listQuery, searchFilter } from '../common/list-query.js';
import { idSchema, slugSchema, timestampSchema } from '../common/primitives.js';
import { DEFAULT_GATES, gatesSchema } from './gates.js';

export const MAX_LABELS = 1000;
const requiredApprovalsSchema = z
  .int()
  .min(1)
  .max(5)
  .meta({ description: 'People who have to approve a version, none of them its requester' });
const rolloutApprovalSchema = z
  .boolean()
  .meta({ description: 'Whether a rollout of the task waits for a yes of another person than who ordered it' });

export const createTaskSchema = z.object({
  name: slugSchema,
  title: z.string().min(1).max(120),
  labels: z
    .array(z.string().min(1).max(100))
    .min(2)
    .max(MAX_LABELS)
    .refine((labels) => new Set(labels).size === labels.length, 'labels must be distinct')
    .meta({
      description: 'Class labels in the order of the logits; a dataset for this task has folders of these names',
    }),
  gates: gatesSchema.default(DEFAULT_GATES),
  requiredApprovals: requiredApprovalsSchema.default(1),
  rolloutApproval: rolloutApprovalSchema.default(false),
});
/** Labels and name stay: versions were made for them. */
export const updateTaskSchema = z
  .object({
    title: createTaskSchema.shape.title,
    gates: gatesSchema.meta({ description: 'In place of all gates there were' }),
    requiredApprovals: requiredApprovalsSchema,
    rolloutApproval: rolloutApprovalSchema,
  })
  .partial()
  .strict();
export const taskSchema = z.object({
  id: idSchema('task'),
  name: slugSchema,
  title: z.string(),
  labels: z.array(z.string()),
  primaryMetric: z.literal('top1'),
  gates: gatesSchema,
  requiredApprovals: requiredApprovalsSchema,
  rolloutApproval: rolloutApprovalSchema,
  revision: z.int().positive().meta({ description: 'Counts its changes; gate reports name it' }),
  createdAt: timestampSchema,
});
export type Task = z.infer<typeof taskSchema>;

export const listTasksQuerySchema = listQuery(['createdAt', 'name'], { ...searchFilter, ...createdFilters });
export type ListTasksQuery = z.infer<typeof listTasksQuerySchema>;
