import { pageOf, pageQuerySchema } from '../../common/primitives.js';
import { defineRoutes } from '../../common/route.js';
import * as projects from '../projects.js';
import { ADMINS, EVERYONE, byIdOrName } from './access.js';

export const projectRoutes = defineRoutes({
  createProject: {
    operationId: 'createProject',
    method: 'post',
    path: '/v1/projects',
    tag: 'Projects',
    access: 'installation-admin',
    scope: 'installation',
    keyScope: 'admin:write',
    summary: 'Create a project',
    body: projects.createProjectSchema,
    success: { status: 201, body: projects.projectSchema },
    errors: ['name_taken', 'idempotency_mismatch'],
  },
  listProjects: {
    operationId: 'listProjects',
    method: 'get',
    path: '/v1/projects',
    tag: 'Projects',
    access: EVERYONE,
    scope: 'installation',
    summary: 'List the projects one may act in, newest first',
    query: pageQuerySchema,
    success: { status: 200, body: pageOf(projects.projectSchema) },
    errors: [],
  },
  getProject: {
    operationId: 'getProject',
    method: 'get',
    path: '/v1/projects/{id}',
    tag: 'Projects',
    access: EVERYONE,
    scope: 'installation',
    summary: 'Get a project by id or name',
    params: byIdOrName,
    success: { status: 200, body: projects.projectSchema },
    errors: ['project_not_found'],
  },
  updateProject: {
    operationId: 'updateProject',
    method: 'patch',
    path: '/v1/projects/{id}',
    tag: 'Projects',
    access: ADMINS,
    scope: 'installation',
    keyScope: 'admin:write',
    summary: 'Change the title of the project one acts in, archive it or bring it back',
    params: byIdOrName,
    body: projects.updateProjectSchema,
    success: { status: 200, body: projects.projectSchema },
    errors: ['project_not_found'],
  },
});
