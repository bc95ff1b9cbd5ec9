import { z } from 'zod';
import { createdFilters, listQuery, searchFilter } from '../common/list-query.js';
import { idSchema, slugSchema, timestampSchema } from '../common/primitives.js';

export const MAX_LABELS = 1000;
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
});
export const taskSchema = z.object({
  id: idSchema('task'),
  name: slugSchema,
  title: z.string(),
  labels: z.array(z.string()),
  primaryMetric: z.literal('top1'),
  createdAt: timestampSchema,
});
export type Task = z.infer<typeof taskSchema>;

export const listTasksQuerySchema = listQuery(['createdAt', 'name'], { ...searchFilter, ...createdFilters });
export type ListTasksQuery = z.infer<typeof listTasksQuerySchema>;
