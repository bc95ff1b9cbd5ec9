import {
  compareModulatorVersions,
  getModelCard,
  getModulatorVersionLineage,
  listVersionDeltas,
  type GetModulatorVersionLineageResponse,
  type ListVersionDeltasResponse,
} from '@kernelcast/api-client';
import type { Command } from 'commander';
import { registryCommand } from '../framework/registry-command.js';
import { comparisonText } from '../modulators/comparison-text.js';
import { formatBytes, formatPercent, formatWhen } from '../output/quantities.js';
import type { Column } from '../output/table.js';
import { findModulatorVersion } from '../references/find.js';
import { VERSION_OPERAND } from '../references/operands.js';

export const modulatorsCompareCommand = (): Command =>
  registryCommand({
    name: 'compare',
    description: 'compare two versions of a task: classes, predictions image by image, layers, sizes',
    operands: [...VERSION_OPERAND, ['<other>', 'the version it is compared with, in the same forms']],
    examples: ['modulators compare fruit/2 fruit/3', 'modulators compare fruit@production fruit --json'],
    run: async ({ call, out }, text = '', other = '') => {
      const from = await findModulatorVersion(call, text);
      const to = await findModulatorVersion(call, other);
      const path = { id: from.modulatorId, version: from.version };
      const { data } = await compareModulatorVersions({ ...call, path, query: { to: to.id } });
      out.answer(data, data.to.id, () => comparisonText(data, { width: out.width, paint: out.paint }));
    },
  });

export const modulatorsCardCommand = (): Command =>
  registryCommand({
    name: 'card',
    description: "print a version's model card as Markdown: data, training, accuracy with its interval, limits",
    operands: VERSION_OPERAND,
    examples: ['modulators card fruit/3 > MODEL_CARD.md', 'modulators card fruit --json'],
    run: async ({ call, out }, text = '') => {
      const { modulatorId: id, version } = await findModulatorVersion(call, text);
      if (out.json) return out.writeJson((await getModelCard({ ...call, path: { id, version } })).data);
      const headers = { Accept: 'text/markdown' };
      const { data } = await getModelCard({ ...call, path: { id, version }, headers, parseAs: 'text' });
      out.line(String(data).trimEnd());
    },
  });

type Node = GetModulatorVersionLineageResponse['nodes'][number];

const nameOf = (node: Node): string => {
  switch (node.kind) {
    case 'modulatorVersion':
      return `${node.taskName}/${node.version}, ${node.state}, ${formatWhen(node.createdAt, Date.now())}`;
    case 'baseNetwork':
      return node.name;
    case 'datasetVersion':
      return `${node.name}/${node.version}, ${node.images} images`;
    case 'trainingJob':
      return [node.method, `seed ${node.seed}`, node.backend, node.trainerVersion].filter(Boolean).join(', ');
  }
};

interface Link {
  readonly from: string;
  readonly relation: string;
  readonly to: Node;
}

const RELATIONS = {
  madeBy: 'made by',
  trainedOn: 'trained on',
  learntFrom: 'learnt from',
  startedFrom: 'started from',
  comparedWith: 'compared with',
} as const;

const linkColumns: Column<Link>[] = [
  { title: 'WHAT', value: ({ from }) => from },
  { title: 'RELATION', value: ({ relation }) => relation },
  { title: 'TO', value: ({ to }) => nameOf(to) },
  { title: 'ID', value: ({ to }) => to.id, keep: true },
];

export const modulatorsLineageCommand = (): Command =>
  registryCommand({
    name: 'lineage',
    description: 'tell what a version was made from, and what was made from it',
    operands: VERSION_OPERAND,
    examples: ['modulators lineage fruit/3', 'modulators lineage fruit --json'],
    run: async ({ call, out }, text = '') => {
      const { modulatorId: id, version } = await findModulatorVersion(call, text);
      const { data } = await getModulatorVersionLineage({ ...call, path: { id, version } });
      if (out.json) return out.writeJson(data);
      const nodes = new Map(data.nodes.map((node) => [node.id, node]));
      const links = data.edges.flatMap(({ from, to, relation }) => {
        const [source, target] = [nodes.get(from), nodes.get(to)];
        return source && target ? [{ from: nameOf(source), relation: RELATIONS[relation], to: target }] : [];
      });
      out.list<Link>({ data: links }, linkColumns, ({ to }) => to.id);
      if (data.truncated) out.note('there are more versions than are shown');
    },
  });

type Delta = ListVersionDeltasResponse['data'][number];

const deltaColumns: Column<Delta>[] = [
  { title: 'FROM', value: ({ from }) => String(from.version), right: true },
  { title: 'STATE', value: ({ state }) => state },
  { title: 'SIZE', value: ({ size }) => (size === null ? '-' : formatBytes(size)), right: true },
  {
    title: 'OF THE WHOLE',
    value: ({ sizeRatio }) => (sizeRatio === null ? '-' : formatPercent(sizeRatio, 0)),
    right: true,
  },
  { title: 'DIGEST', value: ({ digest }) => digest ?? '-', keep: true },
];

export const modulatorsDeltasCommand = (): Command =>
  registryCommand({
    name: 'deltas',
    description: 'list what devices download instead of a version when they hold an older one',
    operands: VERSION_OPERAND,
    examples: ['modulators deltas fruit/3'],
    run: async ({ call, out }, text = '') => {
      const { modulatorId: id, version } = await findModulatorVersion(call, text);
      const { data } = await listVersionDeltas({ ...call, path: { id, version } });
      out.list<Delta>(data, deltaColumns, ({ from }) => from.id);
    },
  });
