import type { DatasetVersion } from '@kernelcast/contracts';
import type { PushResult } from './push-dataset.js';

const megabytes = (bytes: number | null) => `${((bytes ?? 0) / 1e6).toFixed(1)} MB`;

/** The validation report for a terminal. */
export const formatPushReport = ({ dataset, duplicate, version }: PushResult): string => {
  const title = duplicate
    ? `${dataset} has these bytes already, as version ${version.version} (${version.state})`
    : `${dataset} version ${version.version} is ${version.state}`;
  return [title, ...facts(version), ...findings(version)].join('\n');
};

const facts = ({ id, digest, images, classes, size, state }: DatasetVersion): string[] => {
  if (state !== 'ready') return [];
  const sum = (part: 'train' | 'test') => classes.reduce((total, entry) => total + entry[part], 0);
  return [
    `  id       ${id}`,
    `  digest   ${digest ?? ''}`,
    `  images   ${images} in ${classes.length} classes: ${sum('train')} to train, ${sum('test')} to test with`,
    `  size     ${megabytes(size)}`,
  ];
};

const findings = ({ findings }: DatasetVersion): string[] => {
  const width = Math.max(0, ...findings.map(({ code }) => code.length));
  return findings.map(({ severity, code, file, detail }) =>
    [`  ${severity.padEnd(7)}`, code.padEnd(width), file === '' ? detail : `${file}: ${detail}`].join('  '),
  );
};
