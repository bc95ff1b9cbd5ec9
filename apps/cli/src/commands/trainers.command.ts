import { listTrainers, type ListTrainersResponse } from '@kernelcast/api-client';
import type { Command } from 'commander';
import { commandGroup, registryCommand } from '../framework/registry-command.js';
import { formatWhen } from '../output/quantities.js';
import type { Column } from '../output/table.js';

type Trainer = ListTrainersResponse['data'][number];

const columns = (now: number): Column<Trainer>[] => [
  { title: 'ID', value: ({ id }) => id, keep: true },
  { title: 'HOST', value: ({ hostname }) => hostname },
  { title: 'VERSION', value: ({ version }) => version },
  { title: 'BACKEND', value: ({ backend }) => backend },
  { title: 'KIND', value: ({ accelerator }) => accelerator },
  { title: 'JOBS', value: ({ running, concurrency }) => `${running} of ${concurrency}`, right: true },
  { title: 'UP', value: ({ startedAt }) => formatWhen(startedAt, now) },
  { title: 'SEEN', value: ({ lastSeenAt }) => formatWhen(lastSeenAt, now) },
];

/** `kernelcast trainers`: who trains. */
export const trainersCommand = (): Command =>
  commandGroup('trainers', 'machines that train', [
    registryCommand({
      name: 'list',
      description: 'list the trainers that gave a sign of life within the last minute',
      examples: ['trainers list'],
      run: async ({ call, out }) => {
        const { data } = await listTrainers(call);
        out.list<Trainer>(data, columns(Date.now()), ({ id }) => id);
      },
    }),
  ]);
