import {
  getDataset,
  getDatasetPreview,
  getDatasetStats,
  listDatasets,
  listDatasetVersions,
  type GetDatasetResponse,
  type GetDatasetStatsResponse,
} from '@kernelcast/api-client';
import type { Command } from 'commander';
import { datasetColumns, describeVersion, statsColumns, versionColumns } from '../datasets/dataset-tables.js';
import {
  listOptions,
  listQueryOf,
  pageOptions,
  readPages,
  type ListFlags,
  type NamedSort,
  type PageFlags,
} from '../framework/paging.js';
import { commandGroup, registryCommand } from '../framework/registry-command.js';
import { formatBytes, formatCount } from '../output/quantities.js';
import { formatFields, formatTable } from '../output/table.js';
import { findDatasetVersion } from '../references/find.js';
import { parseReference } from '../references/parse-reference.js';
import { datasetsPushCommand } from './datasets-push.command.js';

const list = () =>
  registryCommand<ListFlags<NamedSort>>({
    name: 'list',
    description: 'list datasets',
    options: listOptions(['createdAt', 'name'], { search: true }),
    examples: ['datasets list', 'datasets list --all --quiet'],
    run: async ({ call, out, flags }) => {
      const page = await readPages(flags, (query) =>
        listDatasets({ ...call, query: { ...query, ...listQueryOf(flags) } }),
      );
      out.list<GetDatasetResponse>(page, datasetColumns(Date.now()), ({ name }) => name);
    },
  });

const show = () =>
  registryCommand<PageFlags>({
    name: 'show',
    description: 'show a dataset and its versions, or one version with its validation report',
    operands: [['<dataset>', 'name or id; with /3 its version 3']],
    options: pageOptions(),
    examples: ['datasets show fruit', 'datasets show fruit/2'],
    run: async ({ call, out, flags }, text = '') => {
      const { name: id, version } = parseReference(text);
      if (version !== undefined) {
        const found = await findDatasetVersion(call, text);
        return out.answer(found, found.id, () => describeVersion(id, found, out.paint));
      }
      const { data } = await getDataset({ ...call, path: { id } });
      const page = await readPages(flags, (query) => listDatasetVersions({ ...call, path: { id }, query }));
      out.answer({ ...data, versions: page.data }, data.id, () => {
        const facts = formatFields(
          [
            ['id', data.id],
            ['name', data.name],
            ['description', data.description || null],
          ],
          out.paint,
        );
        const table = formatTable(page.data, versionColumns(Date.now()), { width: out.width, paint: out.paint });
        return `${facts}\n\n${table}`;
      });
    },
  });

const range = (sizes: { min: number; median: number; max: number } | null, unit: (n: number) => string) =>
  sizes && `${unit(sizes.min)} to ${unit(sizes.max)}, median ${unit(sizes.median)}`;
const pixels = (n: number) => `${n} px`;

const statsFields = (stats: GetDatasetStatsResponse) =>
  [
    ['images', `${formatCount(stats.images)}: ${stats.splits.train} to train, ${stats.splits.test} to test with`],
    ['largest class', stats.balance && `${stats.balance.ratio.toFixed(2)} times the smallest`],
    ['width', range(stats.width, pixels)],
    ['height', range(stats.height, pixels)],
    ['file', range(stats.bytes, formatBytes)],
    [
      'formats',
      Object.entries(stats.formats)
        .map(([name, count]) => `${name} ${count}`)
        .join(', '),
    ],
    ['findings', `${stats.findings.errors} errors, ${stats.findings.warnings} warnings`],
  ] as const;

const stats = () =>
  registryCommand({
    name: 'stats',
    description: 'class balance, splits and image sizes of a version',
    operands: [['<dataset>', 'name or id, the newest version; or name/3']],
    examples: ['datasets stats fruit', 'datasets stats fruit/2 --json'],
    run: async ({ call, out }, text = '') => {
      const { id: versionId, version, datasetId } = await findDatasetVersion(call, text);
      const { data } = await getDatasetStats({ ...call, path: { id: datasetId, version } });
      out.answer(data, versionId, () => {
        const table = formatTable(data.classes, statsColumns, { width: out.width, paint: out.paint });
        return `${formatFields(statsFields(data), out.paint)}\n\n${table}`;
      });
    },
  });

interface Example {
  label: string;
  file: string;
  split: string | null;
  size: string;
}

const preview = () =>
  registryCommand({
    name: 'preview',
    description: 'a few images of each class; with --json their thumbnails too, as data: URLs',
    operands: [['<dataset>', 'name or id, the newest version; or name/3']],
    examples: ['datasets preview fruit', 'datasets preview fruit/2 --json'],
    run: async ({ call, out }, text = '') => {
      const { id: versionId, version, datasetId } = await findDatasetVersion(call, text);
      const { data } = await getDatasetPreview({ ...call, path: { id: datasetId, version } });
      const examples: Example[] = data.classes.flatMap(({ label, images }) =>
        images.map(({ file, split, width, height }) => ({ label, file, split, size: `${width}×${height}` })),
      );
      out.answer(data, versionId, () =>
        formatTable(
          examples,
          [
            { title: 'CLASS', value: ({ label }) => label },
            { title: 'SPLIT', value: ({ split }) => split ?? '-' },
            { title: 'SIZE', value: ({ size }) => size, right: true },
            { title: 'FILE', value: ({ file }) => file },
          ],
          { width: out.width, paint: out.paint },
        ),
      );
    },
  });

/** `kernelcast datasets`: images to learn from. */
export const datasetsCommand = (): Command =>
  commandGroup('datasets', 'images with labels, in immutable versions', [
    list(),
    show(),
    datasetsPushCommand(),
    stats(),
    preview(),
  ]);
