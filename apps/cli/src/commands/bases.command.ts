import { openAsBlob } from 'node:fs';
import {
  createBaseNetwork,
  getBaseNetwork,
  listBaseNetworks,
  type GetBaseNetworkResponse,
} from '@kernelcast/api-client';
import type { Command } from 'commander';
import { UsageError } from '../failures/cli-error.js';
import { creating } from '../framework/creating.js';
import { listOptions, listQueryOf, readPages, type ListFlags, type NamedSort } from '../framework/paging.js';
import { commandGroup, option, registryCommand } from '../framework/registry-command.js';
import { formatBytes, formatCount, formatWhen } from '../output/quantities.js';
import type { Column } from '../output/table.js';

type BaseNetwork = GetBaseNetworkResponse;

const columns = (now: number): Column<BaseNetwork>[] => [
  { title: 'NAME', value: ({ name }) => name, keep: true },
  { title: 'ARCHITECTURE', value: ({ architecture }) => architecture },
  { title: 'PARAMETERS', value: ({ parameters }) => formatCount(parameters), right: true },
  { title: 'INPUT', value: ({ inputWidth, inputHeight }) => `${inputWidth}×${inputHeight}` },
  { title: 'FEW-SHOT', value: ({ startDigest }) => (startDigest ? 'yes' : 'no') },
  { title: 'STATE', value: ({ state }) => state, style: ({ state }) => (state === 'active' ? undefined : 'yellow') },
  { title: 'CREATED', value: ({ createdAt }) => formatWhen(createdAt, now) },
];

const fieldsOf = (base: BaseNetwork) =>
  [
    ['id', base.id],
    ['name', base.name],
    ['state', base.state],
    ['architecture', base.architecture],
    ['parameters', formatCount(base.parameters)],
    ['input', `${base.inputWidth}×${base.inputHeight}`],
    ['weights', formatBytes(base.weightsSize)],
    ['digest', base.digest],
    ['graph', base.graphDigest],
    ['weights digest', base.weightsDigest],
    ['few-shot start', base.startDigest],
    ['made by', base.trainingJobId],
    ['created', formatWhen(base.createdAt, Date.now())],
  ] as const;

const list = () =>
  registryCommand<ListFlags<NamedSort>>({
    name: 'list',
    description: 'list base networks',
    options: listOptions(['createdAt', 'name'], { search: true }),
    examples: ['bases list', 'bases list --quiet'],
    run: async ({ call, out, flags }) => {
      const page = await readPages(flags, (query) =>
        listBaseNetworks({ ...call, query: { ...query, ...listQueryOf(flags) } }),
      );
      out.list(page, columns(Date.now()), ({ name }) => name);
    },
  });

const show = () =>
  registryCommand({
    name: 'show',
    description: 'show a base network',
    operands: [['<base>', 'name or id']],
    examples: ['bases show resnet14-cifar10'],
    run: async ({ call, out }, id = '') => {
      const { data } = await getBaseNetwork({ ...call, path: { id } });
      out.one(data, data.id, () => fieldsOf(data));
    },
  });

/** A file as a part of a form, read while it is sent. @throws UsageError when there is none */
const fileOf = async (path: string, type: string): Promise<Blob> =>
  openAsBlob(path, { type }).catch((): never => {
    throw new UsageError(`The file ${path} cannot be read`, 'Check its name and permissions.');
  });

const importBase = () =>
  registryCommand<{ graph: string; weights: string }>({
    name: 'import',
    description: 'register a frozen network that modulators can be trained on',
    operands: [['<name>', 'lower-case letters, digits and inner hyphens']],
    options: [
      option('-g, --graph <file>', 'its graph, JSON (kernelcast.graph/1)').makeOptionMandatory(),
      option('-w, --weights <file>', 'its weights, safetensors').makeOptionMandatory(),
    ],
    examples: ['bases import resnet18 --graph graph.json --weights weights.safetensors'],
    run: async ({ call, out, flags }, name = '') => {
      const body = {
        name,
        graph: await fileOf(flags.graph, 'application/json'),
        weights: await fileOf(flags.weights, 'application/octet-stream'),
      };
      const { data } = await createBaseNetwork({ ...call, ...creating(), body });
      out.done(data, data.id, `Imported ${data.name} (${data.id}): ${formatCount(data.parameters)} parameters.`);
    },
  });

/** `kernelcast bases`: the frozen networks. */
export const basesCommand = (): Command =>
  commandGroup('bases', 'frozen base networks', [list(), show(), importBase()]);
