import { formatBytes, formatCount, formatPercent, formatWhen } from '../output/quantities.js';
import type { Column } from '../output/table.js';
import type { Style } from '../output/text.js';
import type { ModulatorVersion } from '../references/find.js';

const STYLES: Readonly<Record<string, Style>> = {
  registered: 'yellow',
  approved: 'green',
  rejected: 'red',
  deprecated: 'dim',
  quarantined: 'magenta',
  revoked: 'red',
};

export const versionColumns = (now: number): Column<ModulatorVersion>[] => [
  { title: 'VERSION', value: ({ version }) => String(version), right: true },
  { title: 'STATE', value: ({ state }) => state, style: ({ state }) => STYLES[state] },
  { title: 'METHOD', value: ({ method }) => method },
  { title: 'ACCURACY', value: ({ metrics }) => formatPercent(metrics.top1, 2), right: true },
  { title: 'PARAMETERS', value: ({ parameters }) => formatCount(parameters), right: true },
  { title: 'SIZE', value: ({ size }) => formatBytes(size), right: true },
  { title: 'CREATED', value: ({ createdAt }) => formatWhen(createdAt, now) },
  { title: 'ID', value: ({ id }) => id, keep: true },
];

export const searchColumns = (now: number): Column<ModulatorVersion>[] => [
  { title: 'TASK', value: ({ taskName }) => taskName },
  ...versionColumns(now),
];

type ClassScore = ModulatorVersion['metrics']['perClass'][number];
export const classColumns: Column<ClassScore>[] = [
  { title: 'CLASS', value: ({ label }) => label },
  { title: 'ACCURACY', value: ({ accuracy }) => formatPercent(accuracy), right: true },
  { title: 'IMAGES', value: ({ images }) => String(images), right: true },
];

const comparisonOf = ({ comparison }: ModulatorVersion['metrics']): string | null =>
  comparison
    ? `${comparison.better} images better, ${comparison.worse} worse than ${comparison.modulatorVersion} (p = ${comparison.pValue.toPrecision(2)})`
    : null;

/** A version's facts for people. */
export const versionFields = (version: ModulatorVersion, now: number) =>
  [
    ['id', version.id],
    ['task', `${version.taskName}, version ${version.version}`],
    ['state', version.state],
    ['decided', version.decision && `${formatWhen(version.decision.at, now)} by ${version.decision.by}`],
    ['comment', version.decision?.comment || null],
    ['method', version.method],
    ['accuracy', `${formatPercent(version.metrics.top1, 2)} of ${version.metrics.images} test images`],
    ['compared', comparisonOf(version.metrics)],
    [
      'parameters',
      `${formatCount(version.parameters)} (${formatPercent(version.paramsRatio, 2)} of the base), head ${formatCount(version.headParameters)}`,
    ],
    ['size', `${formatBytes(version.size)}, ${version.encoding}`],
    ['digest', version.digest],
    ['modulator', version.modulatorId],
    ['base', version.baseNetworkId],
    ['job', version.trainingJobId],
    ['signed', version.statement ? 'yes' : 'no'],
    ['created', formatWhen(version.createdAt, now)],
  ] as const;
