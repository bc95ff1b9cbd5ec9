import { z } from 'zod';
import { createdFilters, listQuery, searchFilter } from '../common/list-query.js';
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
export const listDatasetsQuerySchema = listQuery(['createdAt', 'name'], { ...searchFilter, ...createdFilters });
export type ListDatasetsQuery = z.infer<typeof listDatasetsQuerySchema>;

export const datasetStateSchema = z.enum(['uploading', 'validating', 'ready', 'invalid']);
export const listDatasetVersionsQuerySchema = listQuery(['version'], { state: datasetStateSchema.optional() });
export type ListDatasetVersionsQuery = z.infer<typeof listDatasetVersionsQuerySchema>;
export const datasetFindingSchema = z.object({
  code: z.enum([
    'not_an_image',
    'image_damaged',
    'image_too_large',
    'path_traversal',
    'too_large',
    'too_many_files',
    'zip_bomb',
    'duplicate',
    'duplicate_image',
    'near_duplicate',
    'conflicting_labels',
    'leakage',
    'class_too_small',
    'bad_layout',
    'not_a_zip',
    'digest_mismatch',
    'validation_failed',
  ]),
  severity: z
    .enum(['error', 'warning'])
    .default('error')
    .meta({ description: 'An error makes the version invalid; a warning is a hint' }),
  file: z.string(),
  detail: z.string(),
});
export const classCountSchema = z.object({ label: z.string(), train: z.int(), test: z.int() });
export const datasetVersionSchema = z.object({
  id: idSchema('datasetVersion'),
  datasetId: idSchema('dataset'),
  version: z.int().positive(),
  state: datasetStateSchema,
  digest: digestSchema.nullable().meta({ description: 'Of the zip that trainers read' }),
  sourceDigest: digestSchema
    .nullable()
    .meta({ description: 'Of the bytes that were uploaded; differs from `digest` when they held IDX files' }),
  size: z.int().nonnegative().nullable().meta({ description: 'Bytes of the zip' }),
  labels: z.array(z.string()),
  classes: z.array(classCountSchema),
  images: z.int().nonnegative(),
  findings: z.array(datasetFindingSchema).meta({ description: 'The validation report' }),
  createdAt: timestampSchema,
});

const rangeSchema = z.object({ min: z.int(), median: z.int(), max: z.int() });
export const datasetStatsSchema = z.object({
  images: z.int().nonnegative(),
  splits: z.object({ train: z.int(), test: z.int() }),
  classes: z.array(classCountSchema.extend({ share: z.number().meta({ description: 'Of all images' }) })),
  balance: z
    .object({ smallest: z.int(), largest: z.int(), ratio: z.number() })
    .nullable()
    .meta({ description: 'Images of the smallest and the largest class, and largest over smallest' }),
  width: rangeSchema.nullable().meta({ description: 'Pixels' }),
  height: rangeSchema.nullable().meta({ description: 'Pixels' }),
  bytes: rangeSchema.nullable().meta({ description: 'Of one image file' }),
  sizes: z
    .array(z.object({ width: z.int(), height: z.int(), images: z.int() }))
    .meta({ description: 'The commonest sizes' }),
  formats: z.record(z.string(), z.int()),
  findings: z.object({ errors: z.int(), warnings: z.int(), byCode: z.record(z.string(), z.int()) }),
});
export type DatasetVersion = z.infer<typeof datasetVersionSchema>;
export type DatasetFinding = z.infer<typeof datasetFindingSchema>;
export type ClassCount = z.infer<typeof classCountSchema>;
export type DatasetStats = z.infer<typeof datasetStatsSchema>;

export const datasetPreviewSchema = z.object({
  classes: z.array(
    z.object({
      label: z.string(),
      images: z.array(
        z.object({
          file: z.string(),
          split: z.enum(['train', 'test']).nullable().meta({ description: 'Null when trainers choose' }),
          width: z.int(),
          height: z.int(),
          thumbnail: z.string().meta({ description: 'A small WebP as a `data:` URL' }),
        }),
      ),
    }),
  ),
});
export type DatasetPreview = z.infer<typeof datasetPreviewSchema>;

export const createDatasetUploadSchema = z.object({
  size: z.int().positive().meta({ description: 'Bytes of the whole zip' }),
  fingerprint: z.string().min(1).max(200).optional().meta({
    description: "Of the client's choice: an unfinished upload of the same size and fingerprint is continued",
  }),
});
export const completeDatasetUploadSchema = z.object({
  digest: digestSchema.optional().meta({ description: 'Of the whole zip, to be checked' }),
});
export const datasetUploadSchema = z.object({
  id: idSchema('datasetUpload'),
  datasetId: idSchema('dataset'),
  state: z.enum(['uploading', 'validating', 'done']),
  size: z.int().nonnegative().nullable(),
  offset: z.int().nonnegative().meta({ description: 'Bytes that are kept: where to continue' }),
  version: z
    .int()
    .positive()
    .nullable()
    .meta({ description: 'The dataset version that it fills; when it is a duplicate, the earlier one' }),
  duplicate: z.boolean().meta({ description: 'The same bytes are a version already' }),
  createdAt: timestampSchema,
  expiresAt: timestampSchema.meta({
    description: 'An unfinished upload is removed then; every part that arrives delays it',
  }),
});
export type DatasetUpload = z.infer<typeof datasetUploadSchema>;
