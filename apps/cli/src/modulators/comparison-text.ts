import type { CompareModulatorVersionsResponse } from '@kernelcast/api-client';
import { formatBytes, formatCount, formatPercent } from '../output/quantities.js';
import { formatFields, formatTable, type Column, type TableOptions } from '../output/table.js';

type Comparison = CompareModulatorVersionsResponse;
type ClassRow = Comparison['perClass'][number];
type Flip = NonNullable<Comparison['predictions']>['flips'][number];
type Layer = NonNullable<Comparison['layers']>[number];

/** Flipped images and layers that are listed; `--json` has all that the registry gives. */
const ROWS = 10;

/** Percentage points with their sign. */
const points = (difference: number | null): string =>
  difference === null ? '-' : `${difference >= 0 ? '+' : '−'}${Math.abs(difference * 100).toFixed(2)}`;
const signed = (count: number, format: (size: number) => string): string =>
  count === 0 ? 'the same' : `${format(Math.abs(count))} ${count > 0 ? 'more' : 'less'}`;
const share = (change: number | null): string => (change === null ? '-' : formatPercent(change));
const score = (value: ClassRow['from']): string => (value === null ? '-' : formatPercent(value.accuracy));

const classColumns: Column<ClassRow>[] = [
  { title: 'CLASS', value: ({ label }) => label },
  { title: 'FROM', value: ({ from }) => score(from), right: true },
  { title: 'TO', value: ({ to }) => score(to), right: true },
  {
    title: 'POINTS',
    value: ({ difference }) => points(difference),
    right: true,
    style: ({ difference }) => (difference === null || difference === 0 ? undefined : difference > 0 ? 'green' : 'red'),
  },
];

const flipColumns: Column<Flip>[] = [
  { title: 'IMAGE', value: ({ image }) => image, keep: true },
  { title: 'TRUTH', value: ({ label }) => label },
  { title: 'FROM', value: ({ from }) => `${from.label} ${formatPercent(from.probability, 0)}` },
  { title: 'TO', value: ({ to }) => `${to.label} ${formatPercent(to.probability, 0)}` },
];

const layerColumns: Column<Layer>[] = [
  { title: 'LAYER', value: ({ layer }) => layer },
  { title: 'FROM', value: ({ from }) => share(from), right: true },
  { title: 'TO', value: ({ to }) => share(to), right: true },
];

/** How far apart the two are in how far they moved the layer. */
const apart = ({ from, to }: Layer): number => Math.abs((to ?? 0) - (from ?? 0));

const nameOf = ({ taskName, version, method, state }: Comparison['from']): string =>
  `${taskName}/${version} (${method}, ${state})`;

const pairedLine = ({ predictions, predictionsReason }: Comparison): string | null => {
  if (predictions === null) return predictionsReason;
  const { shared, onlyFromRight, onlyToRight, flipped, midP } = predictions;
  return `${shared} images of both: ${onlyToRight} mended, ${onlyFromRight} spoilt, ${flipped} flipped; McNemar p = ${midP.toPrecision(2)}`;
};

const facts = (comparison: Comparison) =>
  [
    ['from', nameOf(comparison.from)],
    ['to', nameOf(comparison.to)],
    [
      'accuracy',
      `${formatPercent(comparison.top1.from, 2)} → ${formatPercent(comparison.top1.to, 2)} (${points(comparison.top1.difference)} points)`,
    ],
    ['predictions', pairedLine(comparison)],
    ['parameters', signed(comparison.parametersDifference, formatCount)],
    ['bytes', signed(comparison.bytesDifference, formatBytes)],
    ['base', comparison.sameBase ? null : 'they rest on different bases'],
    ['data', comparison.sameDatasetVersion ? null : 'they were trained on different dataset versions'],
    ['layers', comparison.layersReason],
  ] as const;

/** Two versions side by side, for people: facts, classes, the surest flips, and the layers that differ most. */
export const comparisonText = (comparison: Comparison, table: TableOptions): string => {
  const { perClass, predictions, layers } = comparison;
  const byDifference = [...(layers ?? [])].sort((a, b) => apart(b) - apart(a));
  const parts = [
    formatFields(facts(comparison), table.paint),
    perClass.length > 0 && formatTable(perClass, classColumns, table),
    predictions && predictions.flips.length > 0 && formatTable(predictions.flips.slice(0, ROWS), flipColumns, table),
    byDifference.length > 0 && formatTable(byDifference.slice(0, ROWS), layerColumns, table),
  ];
  return parts.filter((part): part is string => typeof part === 'string').join('\n\n');
};
