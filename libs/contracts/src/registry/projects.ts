import { z } from 'zod';
import { idSchema, slugSchema, timestampSchema } from '../common/primitives.js';

/** The project `default`: it is there from the first start, and holds what is older than projects. */
export const DEFAULT_PROJECT_ID = 'prj_00000000000000000000000000';
/** Header by which callers name the project they act in, by its id or its name. */
export const PROJECT_HEADER = 'kernelcast-project';

const titleSchema = z.string().min(1).max(120);
export const createProjectSchema = z.object({ name: slugSchema, title: titleSchema }).strict();
export const updateProjectSchema = z
  .object({
    title: titleSchema.optional(),
    archived: z.boolean().optional().meta({ description: 'An archived project can be read, and not changed' }),
  })
  .strict()
  .refine((changes) => Object.keys(changes).length > 0, 'name something to change');
export type UpdateProject = z.infer<typeof updateProjectSchema>;

export const projectSchema = z.object({
  id: idSchema('project'),
  name: slugSchema,
  title: z.string(),
  archivedAt: timestampSchema.nullable(),
  createdAt: timestampSchema,
});
export type Project = z.infer<typeof projectSchema>;
