import {
  approveModulatorVersion,
  listModulators,
  listModulatorVersions,
  rejectModulatorVersion,
  type ListModulatorsResponse,
} from '@kernelcast/api-client';
import type { Command } from 'commander';
import { pageOptions, readPages, type PageFlags } from '../framework/paging.js';
import { commandGroup, option, registryCommand } from '../framework/registry-command.js';
import { classColumns, versionColumns, versionFields } from '../modulators/version-tables.js';
import { formatWhen } from '../output/quantities.js';
import { formatFields, formatTable, type Column } from '../output/table.js';
import { findModulator, findModulatorVersion, type ModulatorVersion } from '../references/find.js';
import { modulatorsDownloadCommand } from './modulators-download.command.js';

export const VERSION_OPERAND = [['<version>', 'mdv_…, task/3 or mod_…/3; without a number the newest']] as const;

type Modulator = ListModulatorsResponse['data'][number];

const columns = (now: number): Column<Modulator>[] => [
  { title: 'TASK', value: ({ taskName }) => taskName, keep: true },
  { title: 'VERSIONS', value: ({ latestVersion }) => String(latestVersion), right: true },
  { title: 'CREATED', value: ({ createdAt }) => formatWhen(createdAt, now) },
  { title: 'BASE', value: ({ baseNetworkId }) => baseNetworkId, keep: true },
  { title: 'ID', value: ({ id }) => id, keep: true },
];

const list = () =>
  registryCommand<PageFlags & { task?: string }>({
    name: 'list',
    description: 'list modulators, or the versions of one',
    operands: [['[modulator]', 'task, or mod_…: lists its versions']],
    options: [option('-t, --task <task>', 'only those of this task, name or id'), ...pageOptions()],
    examples: ['modulators list', 'modulators list fruit', 'modulators list --task fruit'],
    run: async ({ call, out, flags }, modulator) => {
      if (modulator !== undefined) {
        const id = await findModulator(call, modulator);
        const page = await readPages(flags, (query) => listModulatorVersions({ ...call, path: { id }, query }));
        return out.list<ModulatorVersion>(page, versionColumns(Date.now()), (version) => version.id);
      }
      const { task } = flags;
      const page = await readPages(flags, (query) =>
        listModulators({ ...call, query: { ...query, ...(task !== undefined && { task }) } }),
      );
      out.list<Modulator>(page, columns(Date.now()), ({ id }) => id);
    },
  });

const show = () =>
  registryCommand({
    name: 'show',
    description: 'show a version: what it is, and how well it does on each class',
    operands: VERSION_OPERAND,
    examples: ['modulators show fruit', 'modulators show fruit/3', 'modulators show mdv_01J… --json'],
    run: async ({ call, out }, text = '') => {
      const version = await findModulatorVersion(call, text);
      out.answer(version, version.id, () => {
        const facts = formatFields(versionFields(version, Date.now()), out.paint);
        const classes = version.metrics.perClass;
        if (classes.length === 0) return facts;
        return `${facts}\n\n${formatTable(classes, classColumns, { width: out.width, paint: out.paint })}`;
      });
    },
  });

type Decision = typeof approveModulatorVersion<true>;

const decide = (name: string, description: string, decision: Decision) =>
  registryCommand<{ comment?: string }>({
    name,
    description,
    operands: VERSION_OPERAND,
    options: [option('-c, --comment <text>', 'why')],
    examples: [`modulators ${name} fruit/3 --comment "looked at the mistakes"`],
    run: async ({ call, out, flags }, text = '') => {
      const { modulatorId, version: number } = await findModulatorVersion(call, text);
      const { data } = await decision({
        ...call,
        path: { id: modulatorId, version: number },
        body: { comment: flags.comment ?? '' },
      });
      out.done(data, data.id, `${data.taskName}/${data.version} (${data.id}) is ${data.state}.`);
    },
  });

/** `kernelcast modulators`: what was trained, and what became of it. */
export const modulatorsCommand = (): Command =>
  commandGroup('modulators', 'trained modulators and their versions', [
    list(),
    show(),
    modulatorsDownloadCommand(),
    decide('approve', 'approve a version, so that it can be rolled out', approveModulatorVersion),
    decide('reject', 'reject a version', rejectModulatorVersion),
  ]);
