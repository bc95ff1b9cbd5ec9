import { defineRoutes } from '../../common/route.js';
import { bundleSchema, createBundleSchema } from '../bundles.js';
import { byId, OPERATORS } from './access.js';

export const bundleRoutes = defineRoutes({
  createBundle: {
    operationId: 'createBundle',
    method: 'post',
    path: '/v1/device-groups/{id}/bundles',
    tag: 'Fleet',
    access: OPERATORS,
    keyScope: 'devices:write',
    summary: 'Sign a manifest to be carried to devices without a network',
    params: byId('deviceGroup'),
    body: createBundleSchema,
    success: { status: 201, body: bundleSchema },
    errors: ['group_not_found', 'device_not_found', 'conflict', 'service_unavailable'],
  },
});
