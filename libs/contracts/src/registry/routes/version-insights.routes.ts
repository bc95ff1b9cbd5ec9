import { z } from 'zod';
import { idSchema } from '../../common/primitives.js';
import { defineRoutes } from '../../common/route.js';
import * as insights from '../version-insights.js';
import { EVERYONE } from './access.js';

const versionParams = z.object({ id: idSchema('modulator'), version: z.coerce.number().int().positive() });

export const versionInsightRoutes = defineRoutes({
  compareModulatorVersions: {
    operationId: 'compareModulatorVersions',
    method: 'get',
    path: '/v1/modulators/{id}/versions/{version}/compare',
    tag: 'Modulators',
    access: EVERYONE,
    summary: 'Compare a version with another of its task: classes, predictions image by image, layers, sizes',
    params: versionParams,
    query: insights.compareVersionsQuerySchema,
    success: { status: 200, body: insights.versionComparisonSchema },
    errors: ['modulator_not_found', 'alias_not_found', 'versions_not_comparable'],
    cost: 20,
  },
  getModulatorVersionLineage: {
    operationId: 'getModulatorVersionLineage',
    method: 'get',
    path: '/v1/modulators/{id}/versions/{version}/lineage',
    tag: 'Modulators',
    access: EVERYONE,
    summary: 'What a version was made from, and what was made from it',
    params: versionParams,
    success: { status: 200, body: insights.versionLineageSchema },
    errors: ['modulator_not_found'],
  },
  listVersionDeltas: {
    operationId: 'listVersionDeltas',
    method: 'get',
    path: '/v1/modulators/{id}/versions/{version}/deltas',
    tag: 'Modulators',
    access: EVERYONE,
    summary: 'List what devices download instead of the version when they hold an older one',
    params: versionParams,
    success: { status: 200, body: insights.versionDeltasSchema },
    errors: ['modulator_not_found'],
  },
  getModelCard: {
    operationId: 'getModelCard',
    method: 'get',
    path: '/v1/modulators/{id}/versions/{version}/card',
    tag: 'Modulators',
    access: EVERYONE,
    summary: 'The model card of a version, as JSON or as Markdown by `Accept: text/markdown`',
    params: versionParams,
    success: { status: 200, body: insights.modelCardSchema, alternative: 'text/markdown' },
    errors: ['modulator_not_found'],
    cost: 5,
  },
});
