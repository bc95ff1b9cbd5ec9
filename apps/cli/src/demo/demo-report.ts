/** What the demonstration found for one task. Accuracies are shares of the held-out images, classified on the device. */
export interface TaskResult {
  name: string;
  /** Of the device with the kernel modulator. */
  accuracy: number;
  /** Of the rival that trains only a head on the frozen base, on the same held-out images. */
  headOnlyAccuracy: number;
  /** Modulator parameters, the head excluded. */
  kmParams: number;
  paramsRatio: number;
  /** Everything the device downloaded for this task, in bytes. */
  downloadedBytes: number;
  /** Fold and switch on the device, in milliseconds. */
  swapMs: number;
}

export interface DemoResult {
  baseParams: number;
  baseBytesF32: number;
  tasks: TaskResult[];
  totalSeconds: number;
}

const percent = (share: number, decimals = 1) => `${(share * 100).toFixed(decimals)} %`;
const kilobytes = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`;

type Column = [title: string, value: (task: TaskResult, result: DemoResult) => string];
const COLUMNS: Column[] = [
  ['task', ({ name }) => name],
  ['accuracy', ({ accuracy }) => percent(accuracy)],
  ['head only', ({ headOnlyAccuracy }) => percent(headOnlyAccuracy)],
  [
    'KM parameters',
    ({ kmParams, paramsRatio }) => `${kmParams.toLocaleString('en')} (${percent(paramsRatio, 2)} of the base)`,
  ],
  ['downloaded', ({ downloadedBytes }) => kilobytes(downloadedBytes)],
  ['full network', (_, { baseBytesF32 }) => kilobytes(baseBytesF32)],
  ['share', ({ downloadedBytes }, { baseBytesF32 }) => percent(downloadedBytes / baseBytesF32, 2)],
  ['swap', ({ swapMs }) => `${swapMs.toFixed(1)} ms`],
];

/** The result as a table for a terminal. */
export const formatReport = (result: DemoResult): string => {
  const rows = [
    COLUMNS.map(([title]) => title),
    ...result.tasks.map((task) => COLUMNS.map(([, value]) => value(task, result))),
  ];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ')}`.trimEnd(),
  );
  const rule = `  ${widths.map((width) => '─'.repeat(width)).join('   ')}`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
};
