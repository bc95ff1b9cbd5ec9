import { createTask, getTask, listTasks, type GetTaskResponse } from '@kernelcast/api-client';
import type { Command } from 'commander';
import { UsageError } from '../failures/cli-error.js';
import { creating } from '../framework/creating.js';
import { listOptions, listQueryOf, readPages, type ListFlags, type NamedSort } from '../framework/paging.js';
import { collectList } from '../framework/parsers.js';
import { commandGroup, option, registryCommand } from '../framework/registry-command.js';
import { formatWhen } from '../output/quantities.js';
import type { Column } from '../output/table.js';
import { findDatasetVersion } from '../references/find.js';
import { tasksGatesCommand } from './tasks-gates.command.js';

type Task = GetTaskResponse;

const columns = (now: number): Column<Task>[] => [
  { title: 'NAME', value: ({ name }) => name, keep: true },
  { title: 'TITLE', value: ({ title }) => title },
  { title: 'LABELS', value: ({ labels }) => String(labels.length), right: true },
  { title: 'CREATED', value: ({ createdAt }) => formatWhen(createdAt, now) },
  { title: 'ID', value: ({ id }) => id, keep: true },
];

const fieldsOf = (task: Task) =>
  [
    ['id', task.id],
    ['name', task.name],
    ['title', task.title],
    ['labels', task.labels.join(', ')],
    ['metric', task.primaryMetric],
    ['gates', Object.keys(task.gates).join(', ') || 'none'],
    ['approvals', `${task.requiredApprovals} needed`],
    ['created', formatWhen(task.createdAt, Date.now())],
  ] as const;

const list = () =>
  registryCommand<ListFlags<NamedSort>>({
    name: 'list',
    description: 'list tasks',
    options: listOptions(['createdAt', 'name'], { search: true }),
    examples: ['tasks list', 'tasks list --all --json'],
    run: async ({ call, out, flags }) => {
      const page = await readPages(flags, (query) =>
        listTasks({ ...call, query: { ...query, ...listQueryOf(flags) } }),
      );
      out.list(page, columns(Date.now()), ({ name }) => name);
    },
  });

const show = () =>
  registryCommand({
    name: 'show',
    description: 'show a task',
    operands: [['<task>', 'name or id']],
    examples: ['tasks show digits'],
    run: async ({ call, out }, id = '') => {
      const { data } = await getTask({ ...call, path: { id } });
      out.one(data, data.id, () => fieldsOf(data));
    },
  });

interface CreateFlags {
  readonly title?: string;
  readonly labels?: string[];
  readonly labelsFrom?: string;
}

const create = () =>
  registryCommand<CreateFlags>({
    name: 'create',
    description: 'create a task',
    operands: [['<name>', 'lower-case letters, digits and inner hyphens']],
    options: [
      option('-t, --title <text>', 'what people read (default: the name)'),
      option('-l, --labels <labels>', 'class labels in the order of the logits, with commas').argParser(collectList),
      option('--labels-from <dataset>', "take the labels of a dataset's newest version, or of name/3").conflicts(
        'labels',
      ),
    ],
    examples: ['tasks create fruit --title Fruit --labels apple,pear', 'tasks create fruit --labels-from fruit'],
    run: async ({ call, out, flags }, name = '') => {
      const { labelsFrom, title = name } = flags;
      const labels = labelsFrom === undefined ? flags.labels : (await findDatasetVersion(call, labelsFrom)).labels;
      if (!labels) throw new UsageError('A task needs labels', 'Give --labels apple,pear or --labels-from <dataset>');
      const { data } = await createTask({ ...call, ...creating(), body: { name, title, labels } });
      out.done(data, data.id, `Created task ${data.name} (${data.id}) with ${data.labels.length} labels.`);
    },
  });

/** `kernelcast tasks`: what networks are taught. */
export const tasksCommand = (): Command =>
  commandGroup('tasks', 'classification problems that modulators are trained for', [
    list(),
    create(),
    show(),
    tasksGatesCommand(),
  ]);
