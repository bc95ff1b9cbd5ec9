import { pageOf } from '../../common/primitives.js';
import { defineRoutes } from '../../common/route.js';
import { createTaskSchema, listTasksQuerySchema, taskSchema, updateTaskSchema } from '../tasks.js';
import { APPROVERS, EVERYONE, TRAINERS, byIdOrName } from './access.js';

export const taskRoutes = defineRoutes({
  createTask: {
    operationId: 'createTask',
    method: 'post',
    path: '/v1/tasks',
    tag: 'Tasks',
    access: TRAINERS,
    keyScope: 'tasks:write',
    summary: 'Create a task',
    body: createTaskSchema,
    success: { status: 201, body: taskSchema },
    errors: ['name_taken'],
    concurrency: 'etag',
  },
  listTasks: {
    operationId: 'listTasks',
    method: 'get',
    path: '/v1/tasks',
    tag: 'Tasks',
    access: EVERYONE,
    summary: 'List tasks',
    query: listTasksQuerySchema,
    success: { status: 200, body: pageOf(taskSchema) },
    errors: [],
  },
  getTask: {
    operationId: 'getTask',
    method: 'get',
    path: '/v1/tasks/{id}',
    tag: 'Tasks',
    access: EVERYONE,
    summary: 'Get a task by id or name',
    params: byIdOrName,
    success: { status: 200, body: taskSchema },
    errors: ['task_not_found'],
    concurrency: 'etag',
  },
  updateTask: {
    operationId: 'updateTask',
    method: 'patch',
    path: '/v1/tasks/{id}',
    tag: 'Tasks',
    access: APPROVERS,
    keyScope: 'tasks:write',
    summary: 'Change the title, the gates or the number of approvals of a task',
    params: byIdOrName,
    body: updateTaskSchema,
    success: { status: 200, body: taskSchema },
    errors: ['task_not_found'],
    concurrency: 'etag',
  },
});
