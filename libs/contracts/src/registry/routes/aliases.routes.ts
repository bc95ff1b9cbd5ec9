import { pageOf, pageQuerySchema } from '../../common/primitives.js';
import { defineRoutes } from '../../common/route.js';
import * as aliases from '../aliases.js';
import { APPROVERS, EVERYONE, OPERATORS, byIdOrName } from './access.js';

const params = byIdOrName.extend({ name: aliases.aliasNameSchema });
const RELEASERS = [...APPROVERS, ...OPERATORS];
const path = '/v1/tasks/{id}/aliases/{name}';
const MISSING = ['task_not_found', 'alias_not_found'] as const;

export const aliasRoutes = defineRoutes({
  listAliases: {
    operationId: 'listAliases',
    method: 'get',
    path: '/v1/tasks/{id}/aliases',
    tag: 'Aliases',
    access: EVERYONE,
    summary: 'List the aliases of a task, by name',
    params: byIdOrName,
    success: { status: 200, body: aliases.taskAliasesSchema },
    errors: ['task_not_found'],
  },
  getAlias: {
    operationId: 'getAlias',
    method: 'get',
    path,
    tag: 'Aliases',
    access: EVERYONE,
    summary: 'Get an alias',
    params,
    success: { status: 200, body: aliases.taskAliasSchema },
    errors: MISSING,
    concurrency: 'etag',
  },
  setAlias: {
    operationId: 'setAlias',
    method: 'put',
    path,
    tag: 'Aliases',
    access: RELEASERS,
    keyScope: 'rollouts:write',
    summary: 'Let an alias name a version',
    params,
    body: aliases.setAliasSchema,
    success: { status: 200, body: aliases.taskAliasSchema },
    errors: ['task_not_found', 'modulator_not_found', 'version_not_approved', 'conflict'],
    concurrency: 'etag-optional',
  },
  rollBackAlias: {
    operationId: 'rollBackAlias',
    method: 'post',
    path: `${path}/rollback`,
    tag: 'Aliases',
    access: RELEASERS,
    keyScope: 'rollouts:write',
    summary: 'Let an alias name the version that it named before, the last one that may still be used',
    params,
    body: aliases.rollBackAliasSchema,
    success: { status: 200, body: aliases.taskAliasSchema },
    errors: [...MISSING, 'conflict'],
  },
  listAliasHistory: {
    operationId: 'listAliasHistory',
    method: 'get',
    path: `${path}/history`,
    tag: 'Aliases',
    access: EVERYONE,
    summary: 'List the changes of an alias, newest first',
    params,
    query: pageQuerySchema,
    success: { status: 200, body: pageOf(aliases.aliasChangeSchema) },
    errors: MISSING,
  },
});
