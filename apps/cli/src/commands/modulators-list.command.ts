import {
  listModulators,
  listModulatorVersions,
  searchModulatorVersions,
  type ListModulatorsResponse,
  type SearchModulatorVersionsData,
} from '@kernelcast/api-client';
import { methodSchema, versionStateSchema } from '@kernelcast/contracts';
import type { Command } from 'commander';
import { listOptions, listQueryOf, readPages, type ListFlags, type TimeSort } from '../framework/paging.js';
import { option, registryCommand } from '../framework/registry-command.js';
import { searchColumns, versionColumns } from '../modulators/version-tables.js';
import { formatWhen } from '../output/quantities.js';
import type { Column } from '../output/table.js';
import { findModulator, type ModulatorVersion } from '../references/find.js';

type Modulator = ListModulatorsResponse['data'][number];

const columns = (now: number): Column<Modulator>[] => [
  { title: 'TASK', value: ({ taskName }) => taskName, keep: true },
  { title: 'VERSIONS', value: ({ latestVersion }) => String(latestVersion), right: true },
  { title: 'CREATED', value: ({ createdAt }) => formatWhen(createdAt, now) },
  { title: 'BASE', value: ({ baseNetworkId }) => baseNetworkId, keep: true },
  { title: 'ID', value: ({ id }) => id, keep: true },
];

const ofTaskOrBase = () => [
  option('-t, --task <task>', 'only those of this task, name or id'),
  option('-b, --base <base>', 'only those on this base network, name or id'),
];

interface PlaceFlags {
  readonly task?: string;
  readonly base?: string;
}

const placeOf = ({ task, base }: PlaceFlags) => ({ ...(task && { task }), ...(base && { baseNetwork: base }) });

export const modulatorsListCommand = (): Command =>
  registryCommand<ListFlags<TimeSort> & PlaceFlags>({
    name: 'list',
    description: 'list modulators, or the versions of one',
    operands: [['[modulator]', 'task, or mod_…: lists its versions']],
    options: [...ofTaskOrBase(), ...listOptions(['createdAt'])],
    examples: ['modulators list', 'modulators list fruit', 'modulators list --base resnet14-cifar10'],
    run: async ({ call, out, flags }, modulator) => {
      if (modulator !== undefined) {
        const id = await findModulator(call, modulator);
        const page = await readPages(flags, (query) => listModulatorVersions({ ...call, path: { id }, query }));
        return out.list<ModulatorVersion>(page, versionColumns(Date.now()), (version) => version.id);
      }
      const filters = { ...placeOf(flags), ...listQueryOf(flags) };
      const page = await readPages(flags, (query) => listModulators({ ...call, query: { ...query, ...filters } }));
      out.list<Modulator>(page, columns(Date.now()), ({ id }) => id);
    },
  });

type Search = NonNullable<SearchModulatorVersionsData['query']>;
type SearchFlags = ListFlags<NonNullable<Search['sort']>> & PlaceFlags & Pick<Search, 'state' | 'method'>;

export const modulatorsSearchCommand = (): Command =>
  registryCommand<SearchFlags>({
    name: 'search',
    description: 'list the versions of all modulators, newest or best first',
    options: [
      ...ofTaskOrBase(),
      option('--state <states...>', 'only those in one of these states').choices(versionStateSchema.options),
      option('-m, --method <methods...>', 'only those of one of these methods').choices(methodSchema.options),
      ...listOptions(['createdAt', 'accuracy']),
    ],
    examples: ['modulators search --state registered', 'modulators search --task fruit --sort -accuracy --limit 5'],
    run: async ({ call, out, flags }) => {
      const { state, method } = flags;
      const filters = { ...placeOf(flags), ...(state && { state }), ...(method && { method }), ...listQueryOf(flags) };
      const page = await readPages(flags, (query) =>
        searchModulatorVersions({ ...call, query: { ...query, ...filters } }),
      );
      out.list<ModulatorVersion>(page, searchColumns(Date.now()), ({ id }) => id);
    },
  });
