import type { Interval, ModelCard } from '@kernelcast/contracts';

/** Names are people's: none of them may become a link, a table cell too many or HTML. */
const text = (value: string): string => value.replace(/[\\`*_{}[\]<>()#+!|~&]/g, '\\$&').replace(/\s+/g, ' ');

const percent = (share: number, digits = 1): string => `${(share * 100).toFixed(digits)} %`;
const interval = ({ value, low, high }: Interval): string => `${percent(value)} | ${percent(low)} to ${percent(high)}`;

const table = (header: readonly string[], rows: readonly (readonly string[])[]): string[] => [
  `| ${header.join(' | ')} |`,
  `|${header.map(() => ' --- ').join('|')}|`,
  ...rows.map((cells) => `| ${cells.join(' | ')} |`),
];

/** The card as Markdown (CommonMark with tables), to be read and to be checked in beside what uses the version. */
export function cardMarkdown(card: ModelCard): string {
  const { version, intendedUse } = card;
  const lines = [
    `# ${text(intendedUse.title)}: version ${version.version}`,
    '',
    `\`${version.id}\`, \`${version.digest}\`, ${version.state}`,
    '',
    '## Intended use',
    '',
    `Task \`${intendedUse.task}\`: tells images of ${intendedUse.labels.map(text).join(', ')} apart.`,
    '',
    ...baseLines(card),
    ...dataLines(card),
    ...trainingLines(card),
    ...metricLines(card),
    ...sizeLines(card),
    '## Limits',
    '',
    ...card.limits.map((limit) => `- ${text(limit)}`),
    '',
    '## How to reproduce',
    '',
    '```sh',
    card.reproduce,
    '```',
    '',
  ];
  return lines.join('\n');
}

const baseLines = ({ base }: ModelCard): string[] => [
  '## Base network',
  '',
  `\`${base.name}\` (${text(base.architecture)}), ${base.parameters} parameters, input ${base.input.height} × ${base.input.width}`,
  '',
  `\`${base.digest}\``,
  '',
];

const dataLines = ({ data }: ModelCard): string[] => [
  '## Data',
  '',
  `\`${data.dataset}\` version ${data.version}, ${data.images} images, ${data.digest === null ? 'no digest' : `\`${data.digest}\``}`,
  '',
  ...table(
    ['class', 'training images', 'test images'],
    data.classes.map(({ label, train, test }) => [text(label), String(train), String(test)]),
  ),
  '',
];

const trainingLines = ({ training }: ModelCard): string[] => {
  const { hyperparameters } = training;
  const settings: [string, string][] = [
    ['job', `\`${training.job}\``],
    ['scenario, method', `${text(training.scenario)}, ${text(training.method)}`],
    ['seed', String(training.seed)],
    ['backend, threads', `${training.backend ?? 'not kept'}, ${training.threads ?? 'not kept'}`],
    ['trainer', training.trainerVersion === null ? 'not kept' : text(training.trainerVersion)],
    ...(training.startedFrom === null ? [] : [['started from', `\`${training.startedFrom}\``] as [string, string]]),
    ...Object.entries(hyperparameters ?? {}).map(([name, value]): [string, string] => [
      text(name),
      text(String(value)),
    ]),
  ];
  return ['## Training', '', ...table(['setting', 'value'], settings), ''];
};

const metricLines = ({ metrics }: ModelCard): string[] => [
  '## Measured on test images',
  '',
  ...table(
    ['class', 'accuracy', '95 % interval', 'images'],
    [
      ['all', interval(metrics.top1), String(metrics.top1.images)],
      ...metrics.perClass.map((score) => [text(score.label), interval(score), String(score.images)]),
    ],
  ),
  '',
  metrics.calibrationError === null
    ? 'Calibration was not measured.'
    : `Expected calibration error ${percent(metrics.calibrationError)}.`,
  '',
];

const sizeLines = ({ size }: ModelCard): string[] => [
  '## Size',
  '',
  `${size.bytes} bytes, ${percent(size.bytesRatio, 2)} of the base's; ${size.parameters} parameters ` +
    `(${percent(size.paramsRatio, 2)}) and ${size.headParameters} of the head.`,
  '',
];
