import { openAsBlob } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  createBaseNetwork,
  deprecateBaseNetwork,
  getBaseNetwork,
  listBaseNetworks,
  restoreBaseNetwork,
  type ListBaseNetworksResponse,
} from '@kernelcast/api-client';
import type { Command } from 'commander';
import { z } from 'zod';
import { dependentsCommand, upgradeCommand } from './bases-upgrade.command.js';
import { UsageError } from '../failures/cli-error.js';
import { creating } from '../framework/creating.js';
import { listOptions, listQueryOf, readPages, type ListFlags, type NamedSort } from '../framework/paging.js';
import { commandGroup, option, registryCommand } from '../framework/registry-command.js';
import { formatBytes, formatCount, formatWhen } from '../output/quantities.js';
import type { Column } from '../output/table.js';

type BaseNetwork = ListBaseNetworksResponse['data'][number];

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

const BASE = [['<base>', 'name or id']] as const;

const show = () =>
  registryCommand({
    name: 'show',
    description: 'show a base network',
    operands: BASE,
    examples: ['bases show resnet14-cifar10'],
    run: async ({ call, out }, id = '') => {
      const { data } = await getBaseNetwork({ ...call, path: { id } });
      out.one(data, data.id, () => fieldsOf(data));
    },
  });

/** A file as a part of a form, read while it is sent. @throws UsageError when there is none */
const fileOf = async (path: string, type: string): Promise<Blob> => {
  try {
    return await openAsBlob(path, { type });
  } catch {
    throw new UsageError(`The file ${path} cannot be read`, 'Check its name and permissions.');
  }
};

interface ImportFlags {
  readonly graph?: string;
  readonly weights?: string;
  readonly architecture?: string;
  readonly model?: string;
  readonly mean?: string;
  readonly std?: string;
  readonly inputSize?: string;
}

/** The files that a LayersModel's manifest names, beside its `model.json`, under the names it has for them. */
const shardsOf = async (model: string): Promise<File[]> => {
  const names = shardNames(await readFile(model, 'utf8'));
  if (!names) throw new UsageError(`${model} names no weights`, 'Save the model with tfjs: model.save().');
  return Promise.all(
    names.map(async (name) => new File([await fileOf(join(dirname(model), name), 'application/octet-stream')], name)),
  );
};

/** A model from elsewhere must not name other files of whoever imports it. */
const shardNameSchema = z.string().refine((name) => name === basename(name) && name !== '..');
const manifestSchema = z.object({ weightsManifest: z.array(z.object({ paths: z.array(shardNameSchema) })) });

const shardNames = (text: string): string[] | undefined => {
  try {
    return manifestSchema.parse(JSON.parse(text)).weightsManifest.flatMap(({ paths }) => paths);
  } catch {
    return undefined;
  }
};

const definedOf = <T extends object>(values: T): Partial<T> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;

/** The parts of one of the three forms; the registry says what is missing or too many. */
const partsOf = async ({ graph, weights, model, architecture, mean, std, inputSize }: ImportFlags) => ({
  ...definedOf({ architecture, mean, std, inputSize }),
  ...(graph === undefined ? {} : { graph: await fileOf(graph, 'application/json') }),
  ...(weights === undefined ? {} : { weights: await fileOf(weights, 'application/octet-stream') }),
  ...(model === undefined ? {} : { model: await fileOf(model, 'application/json'), shards: await shardsOf(model) }),
});

const importBase = () =>
  registryCommand<ImportFlags>({
    name: 'import',
    description: 'register a frozen network that modulators can be trained on',
    operands: [['<name>', 'lower-case letters, digits and inner hyphens']],
    options: [
      option('-g, --graph <file>', 'its graph, JSON (kernelcast.graph/1); with --weights'),
      option('-w, --weights <file>', 'its weights, safetensors'),
      option('-a, --architecture <name>', 'the weights are a PyTorch state dict of this architecture'),
      option('-m, --model <file>', 'model.json of a tfjs LayersModel; its shards lie beside it'),
      option('--mean <r,g,b>', 'what the network was trained with: (x / 255 - mean) / std'),
      option('--std <r,g,b>', 'see --mean'),
      option('--input-size <pixels>', "side of the images, where it is not the architecture's"),
    ],
    examples: [
      'bases import mine --graph graph.json --weights weights.safetensors',
      'bases import resnet18 --architecture resnet18 --weights resnet18.safetensors',
      'bases import mine --model model.json --mean 0.5,0.5,0.5 --std 0.5,0.5,0.5',
    ],
    run: async ({ call, out, flags }, name = '') => {
      const body = { name, ...(await partsOf(flags)) };
      const { data } = await createBaseNetwork({ ...call, ...creating(), body });
      const findings = data.report?.findings ?? [];
      const notes = findings.map(({ severity, detail }) => `\n  ${severity}: ${detail}`).join('');
      const size = `${formatCount(data.parameters)} parameters`;
      out.done(data, data.id, `Imported ${data.name} (${data.id}), ${data.state}: ${size}.${notes}`);
    },
  });

const change = (name: string, description: string, act: typeof deprecateBaseNetwork<true>) =>
  registryCommand({
    name,
    description,
    operands: BASE,
    examples: [`bases ${name} resnet14-cifar10`],
    run: async ({ call, out }, id = '') => {
      const { data } = await act({ ...call, path: { id } });
      out.done(data, data.id, `${data.name} (${data.id}) is ${data.state}.`);
    },
  });

/** `kernelcast bases`: the frozen networks. */
export const basesCommand = (): Command =>
  commandGroup('bases', 'frozen base networks', [
    list(),
    show(),
    importBase(),
    dependentsCommand(),
    upgradeCommand(),
    change('deprecate', 'take no more jobs on a base network; what exists goes on', deprecateBaseNetwork),
    change('restore', 'take jobs on a deprecated base network again', restoreBaseNetwork),
  ]);
