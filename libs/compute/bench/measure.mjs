export const print = (line) => process.stdout.write(`${line}\n`);

export function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.round(share * (sorted.length - 1))];
}

export const median = (values) => quantile(values, 0.5);

/**
 * How many times the reference's time something takes. `quiet` compares lower quartiles, which other load on the machine
 * disturbs least; `paired` is the median of ratios of measurements made next to each other.
 */
export function ratioOf(values, references) {
  const paired = median(values.map((value, i) => value / references[i]));
  return { quiet: quantile(values, 0.25) / quantile(references, 0.25), paired };
}

export const showRatio = ({ quiet, paired }) => `${quiet.toFixed(3)} (${paired.toFixed(3)})`;

/** Rows of text in columns; the first column is aligned left. */
export function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '))
    .join('\n');
}
