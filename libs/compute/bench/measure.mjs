export const print = (line) => process.stdout.write(`${line}\n`);

export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.round(share * (sorted.length - 1))];
}

export const median = (values) => quantile(values, 0.5);

/** Ratios of measurements made next to each other, so that a machine's changing load falls on both. */
export function pairedRatios(values, references) {
  const ratios = values.map((value, i) => value / references[i]);
  return { low: quantile(ratios, 0.25), median: median(ratios), high: quantile(ratios, 0.75) };
}

/** `median (lower quartile to upper)` */
export const range = ({ low, median: middle, high }) =>
  `${middle.toFixed(3)} (${low.toFixed(3)} to ${high.toFixed(3)})`;

/** Rows of text in columns; the first column is aligned left. */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '))
    .join('\n');
}
