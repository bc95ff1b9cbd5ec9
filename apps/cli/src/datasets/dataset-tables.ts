import type { GetDatasetResponse, GetDatasetStatsResponse, GetDatasetVersionResponse } from '@kernelcast/api-client';
import { formatBytes, formatPercent, formatWhen } from '../output/quantities.js';
import { formatFields, formatTable, type Column } from '../output/table.js';
import type { Paint, Style } from '../output/text.js';

type Version = GetDatasetVersionResponse;

const STATE_STYLES: Readonly<Record<Version['state'], Style>> = {
  ready: 'green',
  invalid: 'red',
  uploading: 'yellow',
  validating: 'yellow',
};

export const datasetColumns = (now: number): Column<GetDatasetResponse>[] => [
  { title: 'NAME', value: ({ name }) => name, keep: true },
  { title: 'VERSION', value: ({ latestVersion }) => String(latestVersion ?? '-'), right: true },
  { title: 'DESCRIPTION', value: ({ description }) => description },
  { title: 'CREATED', value: ({ createdAt }) => formatWhen(createdAt, now) },
  { title: 'ID', value: ({ id }) => id, keep: true },
];

export const versionColumns = (now: number): Column<Version>[] => [
  { title: 'VERSION', value: ({ version }) => String(version), right: true },
  { title: 'STATE', value: ({ state }) => state, style: ({ state }) => STATE_STYLES[state] },
  { title: 'IMAGES', value: ({ images }) => String(images), right: true },
  { title: 'CLASSES', value: ({ labels }) => String(labels.length), right: true },
  { title: 'SIZE', value: ({ size }) => (size === null ? '-' : formatBytes(size)), right: true },
  { title: 'FINDINGS', value: ({ findings }) => String(findings.length), right: true },
  { title: 'CREATED', value: ({ createdAt }) => formatWhen(createdAt, now) },
  { title: 'ID', value: ({ id }) => id, keep: true },
];

type ClassStats = GetDatasetStatsResponse['classes'][number];
export const statsColumns: Column<ClassStats>[] = [
  { title: 'CLASS', value: ({ label }) => label },
  { title: 'TRAIN', value: ({ train }) => String(train), right: true },
  { title: 'TEST', value: ({ test }) => String(test), right: true },
  { title: 'SHARE', value: ({ share }) => formatPercent(share), right: true },
];

type Finding = Version['findings'][number];
const findingColumns: Column<Finding>[] = [
  {
    title: 'SEVERITY',
    value: ({ severity }) => severity,
    style: ({ severity }) => (severity === 'error' ? 'red' : 'yellow'),
  },
  { title: 'CODE', value: ({ code }) => code },
  { title: 'FILE', value: ({ file }) => file || '-' },
  { title: 'DETAIL', value: ({ detail }) => detail },
];

/** A version's facts, and what its validation found. */
export const describeVersion = (dataset: string, version: Version, paint: Paint): string => {
  const facts = formatFields(
    [
      ['id', version.id],
      ['dataset', `${dataset}, version ${version.version}`],
      ['state', version.state],
      ['images', String(version.images)],
      ['labels', version.labels.join(', ')],
      ['size', version.size === null ? null : formatBytes(version.size)],
      ['digest', version.digest],
      ['created', formatWhen(version.createdAt, Date.now())],
    ],
    paint,
  );
  return version.findings.length === 0
    ? facts
    : `${facts}\n\n${formatTable(version.findings, findingColumns, { paint })}`;
};
