import {
  createProject,
  getProject,
  listProjects,
  updateProject,
  type GetProjectResponse,
} from '@kernelcast/api-client';
import type { Command } from 'commander';
import { creating } from '../framework/creating.js';
import { pageOptions, readPages, type PageFlags } from '../framework/paging.js';
import { commandGroup, option, registryCommand } from '../framework/registry-command.js';
import { formatWhen } from '../output/quantities.js';
import type { Column } from '../output/table.js';

type Project = GetProjectResponse;

const stateOf = ({ archivedAt }: Project): string => (archivedAt === null ? 'active' : 'archived');

const columns = (now: number): Column<Project>[] => [
  { title: 'NAME', value: ({ name }) => name, keep: true },
  { title: 'TITLE', value: ({ title }) => title },
  { title: 'STATE', value: stateOf },
  { title: 'CREATED', value: ({ createdAt }) => formatWhen(createdAt, now) },
  { title: 'ID', value: ({ id }) => id, keep: true },
];

const list = () =>
  registryCommand<PageFlags>({
    name: 'list',
    description: 'list the projects you may act in',
    options: pageOptions(),
    examples: ['projects list'],
    run: async ({ call, out, flags }) => {
      const page = await readPages(flags, (query) => listProjects({ ...call, query }));
      out.list<Project>(page, columns(Date.now()), ({ name }) => name);
    },
  });

const show = () =>
  registryCommand({
    name: 'show',
    description: 'show a project',
    operands: [['<project>', 'name or id']],
    examples: ['projects show vision'],
    run: async ({ call, out }, id = '') => {
      const { data } = await getProject({ ...call, path: { id } });
      out.one(data, data.id, () => [
        ['id', data.id],
        ['name', data.name],
        ['title', data.title],
        ['state', stateOf(data)],
        ['created', formatWhen(data.createdAt, Date.now())],
      ]);
    },
  });

const create = () =>
  registryCommand<{ title?: string }>({
    name: 'create',
    description: 'create a project',
    operands: [['<name>', 'lower-case letters, digits and inner hyphens']],
    options: [option('-t, --title <text>', 'what people read (default: the name)')],
    examples: ['projects create vision --title "Vision team"'],
    run: async ({ call, out, flags }, name = '') => {
      const { data } = await createProject({ ...call, ...creating(), body: { name, title: flags.title ?? name } });
      out.done(data, data.id, `Created project ${data.name} (${data.id}). Work in it: --project ${data.name}`);
    },
  });

const archive = (name: string, description: string, archived: boolean) =>
  registryCommand({
    name,
    description,
    operands: [['<project>', 'name or id']],
    examples: [`projects ${name} vision`],
    run: async ({ call, out }, id = '') => {
      // A project is changed from within it.
      const { data } = await updateProject({
        ...call,
        headers: { 'Kernelcast-Project': id },
        path: { id },
        body: { archived },
      });
      out.done(data, data.id, `Project ${data.name} is ${stateOf(data)}.`);
    },
  });

/** `kernelcast projects`: what everything belongs to. */
export const projectsCommand = (): Command =>
  commandGroup('projects', 'projects, which everything but base networks belongs to', [
    list(),
    show(),
    create(),
    archive('archive', 'archive a project: it can be read, and not changed', true),
    archive('restore', 'bring an archived project back', false),
  ]);
