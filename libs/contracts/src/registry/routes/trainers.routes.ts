import { z } from 'zod';
import { defineRoutes } from '../../common/route.js';
import { trainerSchema } from '../trainers.js';
import { EVERYONE } from './access.js';

export const trainerRoutes = defineRoutes({
  listTrainers: {
    operationId: 'listTrainers',
    method: 'get',
    path: '/v1/trainers',
    tag: 'Training jobs',
    access: EVERYONE,
    summary: 'List the trainers that gave a sign of life within the last minute',
    success: { status: 200, body: z.object({ data: z.array(trainerSchema) }) },
    errors: [],
  },
});
