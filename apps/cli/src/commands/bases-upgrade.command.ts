import {
  applyBaseUpgrade,
  getBaseDependents,
  planBaseUpgrade,
  type PlanBaseUpgradeResponse,
} from '@kernelcast/api-client';
import { creating } from '../framework/creating.js';
import { option, registryCommand } from '../framework/registry-command.js';
import { formatBytes, formatCount } from '../output/quantities.js';
import type { Column } from '../output/table.js';

type Step = PlanBaseUpgradeResponse['steps'][number];

const columns: Column<Step>[] = [
  { title: 'TASK', value: ({ taskName }) => taskName, keep: true },
  { title: 'VERSION', value: ({ version: { version, alias } }) => `${version}${alias ? ` @${alias}` : ''}` },
  {
    title: 'SECONDS',
    value: ({ estimatedSeconds: s }) => (s === null ? '?' : formatCount(Math.round(s))),
    right: true,
  },
  { title: 'FETCH', value: ({ modulatorBytes }) => formatBytes(modulatorBytes), right: true },
  { title: 'DEVICES', value: ({ devices }) => formatCount(devices), right: true },
  { title: 'JOB', value: ({ jobId, job }) => jobId ?? (job ? 'to order' : '-') },
  {
    title: 'REMARKS',
    value: ({ obstacles, notCarried }) => [...obstacles, ...notCarried].map(({ detail }) => detail).join('; '),
  },
];

/** `kernelcast bases dependents`: what rests on a base network. */
export const dependentsCommand = () =>
  registryCommand({
    name: 'dependents',
    description: 'show what rests on a base network',
    operands: [['<base>', 'name or id']],
    examples: ['bases dependents resnet14-cifar10'],
    run: async ({ call, out }, id = '') => {
      const { data } = await getBaseDependents({ ...call, path: { id } });
      const { counts, elsewhere } = data;
      const countOf = (kind: keyof typeof counts) =>
        `${formatCount(counts[kind])}, in other projects ${formatCount(elsewhere[kind])}`;
      out.one(data, id, () => [
        ['modulators', countOf('modulators')],
        ['versions', countOf('versions')],
        ['jobs', countOf('jobs')],
        ['devices', countOf('devices')],
        ['tasks', data.modulators.map(({ taskName }) => taskName).join(', ')],
        ['jobs in work', data.jobs.map((job) => job.id).join(', ')],
      ]);
    },
  });

/** `kernelcast bases upgrade`: plans the replacement of a base network, or orders the training that it takes. */
export const upgradeCommand = () =>
  registryCommand<{ readonly submit?: boolean }>({
    name: 'upgrade',
    description: 'plan what must be retrained when another base network replaces this one',
    operands: [
      ['<from>', 'name or id of the old one'],
      ['<to>', 'name or id of the new one'],
    ],
    options: [option('--submit', 'order the jobs that are not ordered yet')],
    examples: ['bases upgrade resnet14 resnet20', 'bases upgrade resnet14 resnet20 --submit'],
    run: async ({ call, out, flags }, id = '', to = '') => {
      const request = { ...call, path: { id }, query: { to } };
      const { data } = flags.submit
        ? await applyBaseUpgrade({ ...request, ...creating(), body: {} })
        : await planBaseUpgrade(request);
      out.list({ data: data.steps, nextCursor: null }, columns, ({ jobId, taskId }) => jobId ?? taskId);
    },
  });
