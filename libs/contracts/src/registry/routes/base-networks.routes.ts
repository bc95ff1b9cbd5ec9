import { pageOf } from '../../common/primitives.js';
import { defineRoutes } from '../../common/route.js';
import { baseNetworkDetailSchema, baseNetworkSchema, listBaseNetworksQuerySchema } from '../base-networks.js';
import { EVERYONE, TRAINERS, byIdOrName } from './access.js';

export const baseNetworkRoutes = defineRoutes({
  createBaseNetwork: {
    operationId: 'createBaseNetwork',
    method: 'post',
    path: '/v1/base-networks',
    tag: 'Base networks',
    access: TRAINERS,
    keyScope: 'bases:write',
    summary:
      'Register a base network: `graph` (JSON) and `weights` (safetensors); or `architecture`, `weights` (a PyTorch state ' +
      'dict as safetensors) and perhaps `mean`, `std`, `inputSize`; or `model` (`model.json` of a tfjs LayersModel), its ' +
      '`shards` and perhaps `mean`, `std`',
    parts: {
      name: 'text',
      graph: 'file?',
      weights: 'file?',
      architecture: 'text?',
      model: 'file?',
      shards: 'files?',
      mean: 'text?',
      std: 'text?',
      inputSize: 'text?',
    },
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
    success: { status: 200, body: baseNetworkDetailSchema },
    errors: ['base_network_not_found'],
    concurrency: 'etag',
  },
});
