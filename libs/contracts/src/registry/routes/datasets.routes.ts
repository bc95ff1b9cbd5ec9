import { pageOf, pageQuerySchema } from '../../common/primitives.js';
import { defineRoutes } from '../../common/route.js';
import { createDatasetSchema, datasetSchema, datasetVersionSchema } from '../datasets.js';
import { EVERYONE, TRAINERS, byIdOrName } from './access.js';

export const datasetRoutes = defineRoutes({
  createDataset: {
    operationId: 'createDataset',
    method: 'post',
    path: '/v1/datasets',
    tag: 'Datasets',
    access: TRAINERS,
    summary: 'Create a dataset',
    body: createDatasetSchema,
    success: { status: 201, body: datasetSchema },
    errors: ['name_taken'],
  },
  listDatasets: {
    operationId: 'listDatasets',
    method: 'get',
    path: '/v1/datasets',
    tag: 'Datasets',
    access: EVERYONE,
    summary: 'List datasets',
    query: pageQuerySchema,
    success: { status: 200, body: pageOf(datasetSchema) },
    errors: [],
  },
  getDataset: {
    operationId: 'getDataset',
    method: 'get',
    path: '/v1/datasets/{id}',
    tag: 'Datasets',
    access: EVERYONE,
    summary: 'Get a dataset by id or name',
    params: byIdOrName,
    success: { status: 200, body: datasetSchema },
    errors: ['dataset_not_found'],
  },
  uploadDatasetVersion: {
    operationId: 'uploadDatasetVersion',
    method: 'post',
    path: '/v1/datasets/{id}/versions',
    tag: 'Datasets',
    access: TRAINERS,
    summary:
      'Upload a zip of class folders as a new immutable version (streamed); the answer carries the validation report',
    params: byIdOrName,
    streamBody: 'application/zip',
    success: { status: 201, body: datasetVersionSchema },
    errors: ['dataset_not_found', 'body_too_large', 'unsupported_media_type', 'malformed_body'],
  },
  listDatasetVersions: {
    operationId: 'listDatasetVersions',
    method: 'get',
    path: '/v1/datasets/{id}/versions',
    tag: 'Datasets',
    access: EVERYONE,
    summary: 'List the versions of a dataset',
    params: byIdOrName,
    query: pageQuerySchema,
    success: { status: 200, body: pageOf(datasetVersionSchema) },
    errors: ['dataset_not_found'],
  },
});
