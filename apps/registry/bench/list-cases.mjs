// The list and search pages that are measured: each list with each of its orders and filters.
import { ApprovalsRepository } from '../dist/approvals/approvals.repository.js';
import { BaseNetworksRepository } from '../dist/base-networks/base-networks.repository.js';
import { DatasetsRepository } from '../dist/datasets/datasets.repository.js';
import { DeviceGroupsRepository } from '../dist/devices/device-groups.repository.js';
import { DevicesRepository } from '../dist/devices/devices.repository.js';
import { ModulatorsRepository } from '../dist/modulators/modulators.repository.js';
import { TasksRepository } from '../dist/tasks/tasks.repository.js';
import { TrainersRepository } from '../dist/trainers/trainers.repository.js';
import { TrainingJobsRepository } from '../dist/training-jobs/training-jobs.repository.js';
import { idOf, projectId, startOf } from './fill.mjs';

/** Repositories on one database, and the last statement for a page that they sent. */
const openRepositories = (database) => {
  const seen = { page: undefined };
  const prisma = new Proxy(database.prisma, {
    get: (target, name) =>
      name === '$queryRaw'
        ? (...sent) => {
            if (sent[0]?.sql?.includes('AS key FROM')) seen.page = sent[0];
            return target.$queryRaw(...sent);
          }
        : target[name],
  });
  const db = { prisma };
  return {
    seen,
    jobs: new TrainingJobsRepository(db, new TrainersRepository(db)),
    versions: new ModulatorsRepository(db),
    devices: new DevicesRepository(db),
    groups: new DeviceGroupsRepository(db),
    tasks: new TasksRepository(db),
    datasets: new DatasetsRepository(db),
    bases: new BaseNetworksRepository(db),
    approvals: new ApprovalsRepository(db),
  };
};

/** A window in the middle of the time in which things were made. */
const within = (rows, secondsEach) => ({
  createdAfter: startOf((rows / 2) * secondsEach),
  createdBefore: startOf((rows / 2) * secondsEach + 3600),
});

const JOBS = (size) => ({
  '': {},
  '200 a page': { limit: 200 },
  'state=failed': { state: ['failed'] },
  'state=failed|queued': { state: ['failed', 'queued'] },
  task: { task: 'task-7' },
  dataset: { dataset: 'dataset-7' },
  'dataset version': { datasetVersion: idOf('dsv', 7) },
  'base network': { baseNetwork: 'base-3' },
  'method=km': { method: ['km'] },
  'scenario=transfer': { scenario: 'transfer' },
  createdBy: { createdBy: 'key_7' },
  'within an hour': within(size.jobs, 1),
  'task, state=failed': { task: 'task-2', state: ['failed'] },
  'createdBy, state=failed': { createdBy: 'key_1', state: ['failed'] },
});

const VERSIONS = (size) => ({
  '': {},
  task: { task: 'task-7' },
  'base network': { baseNetwork: 'base-3' },
  'task and base network': { task: 'task-7', baseNetwork: 'base-3' },
  'state=approved': { state: ['approved'] },
  'state=approved|registered': { state: ['approved', 'registered'] },
  'method=km': { method: ['km'] },
  'within an hour': within(size.jobs, 1),
});

const DEVICES = (size) => ({
  '': {},
  '200 a page': { limit: 200 },
  group: { group: 'group-7' },
  'state=revoked': { state: 'revoked' },
  'group, state=revoked': { group: 'group-1', state: 'revoked' },
  'site (0.1 %)': { attribute: ['site:s7'] },
  'model (10 %)': { attribute: ['model:m7'] },
  'site and model': { attribute: ['site:s7', 'model:m7'] },
  'model, group': { attribute: ['model:m7'], group: 'group-8' },
  'within an hour': within(size.devices, 0.1),
});

const APPROVALS = {
  'state=waiting': { state: 'waiting' },
  'state=approved': { state: 'approved' },
  'state=waiting, task': { state: 'waiting', task: 'task-7' },
  'state=approved, task': { state: 'approved', task: 'task-41' },
};

const NAMED = { '': {}, search: { search: '-12' } };

/** @returns `{name: {list(more), sort}}`: a page of each list with each filter in each order, both ways */
export const openCases = (database, size) => {
  const open = openRepositories(database);
  const lists = {
    jobs: [(query) => open.jobs.list(projectId, query), ['createdAt'], JOBS(size)],
    versions: [(query) => open.versions.searchVersions(projectId, query), ['createdAt', 'accuracy'], VERSIONS(size)],
    'versions of a modulator': [
      (query) => open.versions.listVersions(idOf('mod', 7), query),
      ['version', 'accuracy'],
      { '': {}, 'method=km': { method: ['km'] }, 'state=registered': { state: ['registered'] } },
    ],
    modulators: [(query) => open.versions.list(projectId, query), ['createdAt'], { '': {}, task: { task: 'task-7' } }],
    approvals: [(query) => open.approvals.list(projectId, query), ['createdAt'], APPROVALS],
    devices: [(query) => open.devices.list(projectId, query), ['createdAt'], DEVICES(size)],
    groups: [(query) => open.groups.list(projectId, query), ['createdAt', 'name'], NAMED],
    tasks: [(query) => open.tasks.list(projectId, query), ['createdAt', 'name'], NAMED],
    datasets: [(query) => open.datasets.list(projectId, query), ['createdAt', 'name'], NAMED],
    bases: [(query) => open.bases.list(projectId, query), ['createdAt', 'name'], { '': {} }],
  };
  const cases = Object.entries(lists).flatMap(([name, [list, sorts, filters]]) =>
    Object.entries(filters).flatMap(([filter, given]) =>
      sorts.flatMap((key) =>
        [`-${key}`, key].map((sort) => [
          [name, filter, sort].filter(Boolean).join(', '),
          { sort, list: (more) => list({ limit: 50, sort, ...given, ...more }) },
        ]),
      ),
    ),
  );
  return { seen: open.seen, cases: Object.fromEntries(cases) };
};
