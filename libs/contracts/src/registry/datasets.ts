import { z } from 'zod';
import { digestSchema, idSchema, slugSchema, timestampSchema } from '../common/primitives.js';

export const createDatasetSchema = z.object({ name: slugSchema, description: z.string().max(2000).default('') });
export const datasetSchema = z.object({
  id: idSchema('dataset'),
  name: slugSchema,
  description: z.string(),
  latestVersion: z.int().nullable(),
  createdAt: timestampSchema,
});
export type Dataset = z.infer<typeof datasetSchema>;

export const datasetStateSchema = z.enum(['uploading', 'validating', 'ready', 'invalid']);
export const datasetFindingSchema = z.object({
  code: z.enum([
    'not_an_image',
    'path_traversal',
    'too_large',
    'too_many_files',
    'zip_bomb',
    'duplicate',
    'class_too_small',
    'bad_layout',
    'not_a_zip',
  ]),
  file: z.string(),
  detail: z.string(),
});
export const classCountSchema = z.object({ label: z.string(), train: z.int(), test: z.int() });
export const datasetVersionSchema = z.object({
  id: idSchema('datasetVersion'),
  datasetId: idSchema('dataset'),
  version: z.int().positive(),
  state: datasetStateSchema,
  digest: digestSchema.nullable(),
  size: z.int().nonnegative().nullable().meta({ description: 'Bytes of the zip' }),
  labels: z.array(z.string()),
  classes: z.array(classCountSchema),
  images: z.int().nonnegative(),
  findings: z.array(datasetFindingSchema).meta({ description: 'The validation report' }),
  createdAt: timestampSchema,
});
export type DatasetVersion = z.infer<typeof datasetVersionSchema>;
export type DatasetFinding = z.infer<typeof datasetFindingSchema>;
export type ClassCount = z.infer<typeof classCountSchema>;
