import { pageOf, pageQuerySchema } from '../../common/primitives.js';
import { defineRoutes } from '../../common/route.js';
import * as garbage from '../garbage.js';
import { byId } from './access.js';

export const garbageRoutes = defineRoutes({
  createGarbageCollection: {
    operationId: 'createGarbageCollection',
    method: 'post',
    path: '/v1/garbage-collections',
    tag: 'Garbage collection',
    access: 'installation-admin',
    scope: 'installation',
    keyScope: 'admin:write',
    summary: 'Search for stored objects that nothing refers to, and remove them; one search at a time',
    body: garbage.createGarbageCollectionSchema,
    success: { status: 202, body: garbage.garbageCollectionSchema },
    errors: ['conflict'],
    cost: 50,
  },
  listGarbageCollections: {
    operationId: 'listGarbageCollections',
    method: 'get',
    path: '/v1/garbage-collections',
    tag: 'Garbage collection',
    access: 'installation-admin',
    scope: 'installation',
    summary: 'List garbage collections, newest first',
    query: pageQuerySchema,
    success: { status: 200, body: pageOf(garbage.garbageCollectionSchema) },
    errors: [],
  },
  getGarbageCollection: {
    operationId: 'getGarbageCollection',
    method: 'get',
    path: '/v1/garbage-collections/{id}',
    tag: 'Garbage collection',
    access: 'installation-admin',
    scope: 'installation',
    summary: 'Get a garbage collection with its report',
    params: byId('garbageCollection'),
    success: { status: 200, body: garbage.garbageCollectionSchema },
    errors: ['garbage_collection_not_found'],
  },
});
