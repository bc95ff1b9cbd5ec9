import {
  listAliases,
  listAliasHistory,
  rollBackAlias,
  setAlias,
  type ListAliasesResponse,
  type ListAliasHistoryResponse,
} from '@kernelcast/api-client';
import type { Command } from 'commander';
import { creating } from '../framework/creating.js';
import { pageOptions, readPages, type PageFlags } from '../framework/paging.js';
import { commandGroup, option, registryCommand } from '../framework/registry-command.js';
import { formatWhen } from '../output/quantities.js';
import type { Column } from '../output/table.js';
import { findModulatorVersion } from '../references/find.js';

type Alias = ListAliasesResponse['data'][number];
type Change = ListAliasHistoryResponse['data'][number];

const TASK = ['<task>', 'name or id'] as const;
const ALIAS = ['<alias>', 'champion, canary, production, or a name of your own'] as const;

const columns = (now: number): Column<Alias>[] => [
  { title: 'ALIAS', value: ({ name }) => name, keep: true },
  { title: 'VERSION', value: ({ version }) => String(version), right: true },
  {
    title: 'STATE',
    value: ({ versionState }) => versionState,
    style: ({ versionState }) => (versionState === 'revoked' ? 'red' : undefined),
  },
  { title: 'CHANGED', value: ({ updatedAt }) => formatWhen(updatedAt, now) },
  { title: 'BY', value: ({ updatedBy }) => updatedBy },
  { title: 'ID', value: ({ modulatorVersionId }) => modulatorVersionId, keep: true },
];

const list = () =>
  registryCommand({
    name: 'list',
    description: 'list the aliases of a task',
    operands: [TASK],
    examples: ['aliases list fruit'],
    run: async ({ call, out }, id = '') => {
      const { data } = await listAliases({ ...call, path: { id } });
      out.list<Alias>(data, columns(Date.now()), ({ name }) => name);
    },
  });

const set = () =>
  registryCommand<{ reason?: string }>({
    name: 'set',
    description: 'let an alias of a task name a version',
    operands: [TASK, ALIAS, ['<version>', 'mdv_…, task/3 or mod_…/3']],
    options: [option('-r, --reason <text>', 'why')],
    examples: ['aliases set fruit champion fruit/3 --reason "two points better"'],
    run: async ({ call, out, flags }, id = '', name = '', text = '') => {
      const { id: modulatorVersionId } = await findModulatorVersion(call, text);
      const body = { modulatorVersionId, ...(flags.reason !== undefined && { reason: flags.reason }) };
      const { data } = await setAlias({ ...call, path: { id, name }, body });
      out.done(data, data.modulatorVersionId, `${data.taskName}@${data.name} is version ${data.version}.`);
    },
  });

const rollback = () =>
  registryCommand<{ reason?: string }>({
    name: 'rollback',
    description: 'let an alias name again what it named before',
    operands: [TASK, ALIAS],
    options: [option('-r, --reason <text>', 'why')],
    examples: ['aliases rollback fruit champion'],
    run: async ({ call, out, flags }, id = '', name = '') => {
      const body = { ...(flags.reason !== undefined && { reason: flags.reason }) };
      const { data } = await rollBackAlias({ ...call, ...creating(), path: { id, name }, body });
      out.done(data, data.modulatorVersionId, `${data.taskName}@${data.name} is version ${data.version} again.`);
    },
  });

const historyColumns = (now: number): Column<Change>[] => [
  { title: 'REVISION', value: ({ revision }) => String(revision), right: true },
  { title: 'ACTION', value: ({ action, backTo }) => (action === 'rollback' ? `rollback to ${backTo}` : action) },
  { title: 'FROM', value: ({ from }) => from ?? '-', keep: true },
  { title: 'TO', value: ({ to }) => to, keep: true },
  { title: 'BY', value: ({ byName }) => byName },
  { title: 'AT', value: ({ at }) => formatWhen(at, now) },
  { title: 'REASON', value: ({ reason }) => reason },
];

const history = () =>
  registryCommand<PageFlags>({
    name: 'history',
    description: 'list what an alias has named, newest first',
    operands: [TASK, ALIAS],
    options: pageOptions(),
    examples: ['aliases history fruit champion'],
    run: async ({ call, out, flags }, id = '', name = '') => {
      const page = await readPages(flags, (query) => listAliasHistory({ ...call, path: { id, name }, query }));
      out.list<Change>(page, historyColumns(Date.now()), ({ revision }) => String(revision));
    },
  });

/** `kernelcast aliases`: movable names of versions. */
export const aliasesCommand = (): Command =>
  commandGroup('aliases', 'movable names of versions, such as champion', [list(), set(), rollback(), history()]);
