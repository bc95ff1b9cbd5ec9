import { z } from 'zod';
import { pageOf } from '../../common/primitives.js';
import { defineRoutes } from '../../common/route.js';
import * as jobs from '../training-jobs.js';
import { EVERYONE, TRAINERS, byId } from './access.js';

export const trainingJobRoutes = defineRoutes({
  createTrainingJob: {
    operationId: 'createTrainingJob',
    method: 'post',
    path: '/v1/training-jobs',
    tag: 'Training jobs',
    access: TRAINERS,
    summary: 'Submit a training job (202), or only validate it with `dryRun`',
    body: jobs.createTrainingJobSchema,
    success: { status: 202, body: z.union([jobs.trainingJobSchema, jobs.dryRunSchema]) },
    errors: [
      'task_not_found',
      'dataset_not_found',
      'dataset_not_ready',
      'labels_mismatch',
      'base_network_not_found',
      'budget_unreachable',
      'method_not_supported',
      'idempotency_mismatch',
    ],
  },
  listTrainingJobs: {
    operationId: 'listTrainingJobs',
    method: 'get',
    path: '/v1/training-jobs',
    tag: 'Training jobs',
    access: EVERYONE,
    summary: 'List training jobs, newest first',
    query: jobs.listTrainingJobsQuerySchema,
    success: { status: 200, body: pageOf(jobs.trainingJobSchema) },
    errors: [],
  },
  getTrainingJob: {
    operationId: 'getTrainingJob',
    method: 'get',
    path: '/v1/training-jobs/{id}',
    tag: 'Training jobs',
    access: EVERYONE,
    summary: 'Get a training job',
    params: byId('trainingJob'),
    success: { status: 200, body: jobs.trainingJobSchema },
    errors: ['job_not_found'],
  },
  cancelTrainingJob: {
    operationId: 'cancelTrainingJob',
    method: 'post',
    path: '/v1/training-jobs/{id}/cancel',
    tag: 'Training jobs',
    access: TRAINERS,
    summary: 'Cancel a job that has not ended',
    params: byId('trainingJob'),
    success: { status: 200, body: jobs.trainingJobSchema },
    errors: ['job_not_found', 'conflict'],
  },
  listTrainingJobEvents: {
    operationId: 'listTrainingJobEvents',
    method: 'get',
    path: '/v1/training-jobs/{id}/events',
    tag: 'Training jobs',
    access: EVERYONE,
    summary:
      'Events of a job as JSON by `?after=`, or as a live stream with `Accept: text/event-stream` and `Last-Event-ID`',
    params: byId('trainingJob'),
    query: jobs.listJobEventsQuerySchema,
    success: { status: 200, body: z.object({ data: z.array(jobs.jobEventSchema) }) },
    errors: ['job_not_found'],
  },
});
