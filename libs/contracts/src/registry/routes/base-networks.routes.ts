import { pageOf } from '../../common/primitives.js';
import { defineRoutes } from '../../common/route.js';
import { baseNetworkSchema, listBaseNetworksQuerySchema } from '../base-networks.js';
import { EVERYONE, TRAINERS, byIdOrName } from './access.js';

export const baseNetworkRoutes = defineRoutes({
  createBaseNetwork: {
    operationId: 'createBaseNetwork',
    method: 'post',
    path: '/v1/base-networks',
    tag: 'Base networks',
    access: TRAINERS,
    keyScope: 'bases:write',
    summary: 'Register a base network: multipart parts `name`, `graph` (JSON) and `weights` (safetensors)',
    parts: { name: 'text', graph: 'file', weights: 'file' },
    success: { status: 201, body: baseNetworkSchema },
    errors: ['base_network_invalid', 'name_taken', 'body_too_large', 'unsupported_media_type'],
  },
  listBaseNetworks: {
    operationId: 'listBaseNetworks',
    method: 'get',
    path: '/v1/base-networks',
    tag: 'Base networks',
    access: EVERYONE,
    summary: 'List base networks',
    query: listBaseNetworksQuerySchema,
    success: { status: 200, body: pageOf(baseNetworkSchema) },
    errors: [],
  },
  getBaseNetwork: {
    operationId: 'getBaseNetwork',
    method: 'get',
    path: '/v1/base-networks/{id}',
    tag: 'Base networks',
    access: EVERYONE,
    summary: 'Get a base network by id or name',
    params: byIdOrName,
    success: { status: 200, body: baseNetworkSchema },
    errors: ['base_network_not_found'],
    concurrency: 'etag',
  },
});
