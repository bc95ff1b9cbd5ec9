import { z } from 'zod';
import { defineRoutes } from '../../common/route.js';
import { completeDatasetUploadSchema, createDatasetUploadSchema, datasetUploadSchema } from '../datasets.js';
import { EVERYONE, TRAINERS, byId, byIdOrName } from './access.js';

/** Uploads in several requests, which survive lost connections and restarts. */
export const datasetUploadRoutes = defineRoutes({
  createDatasetUpload: {
    operationId: 'createDatasetUpload',
    method: 'post',
    path: '/v1/datasets/{id}/uploads',
    tag: 'Datasets',
    access: TRAINERS,
    summary: 'Begin a resumable upload of a new version, or find the unfinished one of the same fingerprint',
    params: byIdOrName,
    body: createDatasetUploadSchema,
    success: { status: 201, body: datasetUploadSchema },
    errors: ['dataset_not_found', 'body_too_large', 'too_many_requests'],
  },
  getDatasetUpload: {
    operationId: 'getDatasetUpload',
    method: 'get',
    path: '/v1/dataset-uploads/{id}',
    tag: 'Datasets',
    access: EVERYONE,
    summary: 'How far an upload is',
    params: byId('datasetUpload'),
    success: { status: 200, body: datasetUploadSchema },
    errors: ['upload_not_found'],
    concurrency: 'etag',
  },
  appendToDatasetUpload: {
    operationId: 'appendToDatasetUpload',
    method: 'patch',
    path: '/v1/dataset-uploads/{id}',
    tag: 'Datasets',
    access: TRAINERS,
    summary: 'Send bytes from `offset` on, any number of them (streamed); what arrives before a fault is kept',
    params: byId('datasetUpload'),
    query: z.object({ offset: z.coerce.number().int().nonnegative() }),
    streamBody: 'application/octet-stream',
    success: { status: 200, body: datasetUploadSchema },
    errors: ['upload_not_found', 'upload_offset_mismatch', 'conflict', 'body_too_large', 'malformed_body'],
  },
  completeDatasetUpload: {
    operationId: 'completeDatasetUpload',
    method: 'post',
    path: '/v1/dataset-uploads/{id}/complete',
    tag: 'Datasets',
    access: TRAINERS,
    summary: 'Say that all bytes are there: validation begins. Asking again changes nothing',
    params: byId('datasetUpload'),
    body: completeDatasetUploadSchema,
    success: { status: 202, body: datasetUploadSchema },
    errors: ['upload_not_found', 'upload_offset_mismatch'],
  },
  cancelDatasetUpload: {
    operationId: 'cancelDatasetUpload',
    method: 'delete',
    path: '/v1/dataset-uploads/{id}',
    tag: 'Datasets',
    access: TRAINERS,
    summary: 'Give an unfinished upload up',
    params: byId('datasetUpload'),
    success: { status: 204, body: null },
    errors: ['upload_not_found', 'conflict'],
  },
});
