// Tables of the accuracy benchmark, in Markdown, from the rows of its runs.
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const deviation = (values) =>
  values.length < 2 ? 0 : Math.sqrt(values.reduce((sum, v) => sum + (v - mean(values)) ** 2, 0) / (values.length - 1));
const spread = (values) => `${mean(values).toFixed(1)} ± ${deviation(values).toFixed(1)}`;
const percent = (share) => `${(100 * share).toFixed(2)} %`;
const signed = (value) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(2)}`;

export function markdown(header, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(header), line(header.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

const accuracyOf = (rows, encoding = 'f16') => rows.map((row) => row.accuracy[encoding]);

/** Accuracy of every method on every task: mean ± standard deviation over seeds; the mean is over tasks. */
export function accuracyTable(rows, { tasks, methods }) {
  const body = methods.map((method) => {
    const own = rows.filter((row) => row.method === method);
    const cells = tasks.map((task) => accuracyOf(own.filter((row) => row.task === task)));
    const share = own[0] ? percent(own[0].totalParams / own[0].baseParams) : '';
    const complete = cells.every((values) => values.length > 0);
    return [method, share, ...cells.map((values) => (values.length ? spread(values) : '')), complete ? mean(cells.map(mean)).toFixed(2) : '']; // prettier-ignore
  });
  return markdown(['method', 'of the base', ...tasks, 'mean'], body);
}

/** Differences of one method to the others on equal tasks and seeds: mean ± its standard error. */
export function pairedDifferences(rows, method) {
  const key = ({ base, task, seed }) => `${base} ${task} ${seed}`;
  const own = new Map(rows.filter((row) => row.method === method).map((row) => [key(row), row.accuracy.f16]));
  const rivals = [...new Set(rows.map((row) => row.method))].filter((name) => name !== method);
  return rivals.map((rival) => {
    const pairs = rows.filter((row) => row.method === rival && own.has(key(row)));
    const differences = pairs.map((row) => own.get(key(row)) - row.accuracy.f16);
    const largest = Math.max(...differences);
    return { rival, pairs: differences.length, mean: mean(differences), error: deviation(differences) / Math.sqrt(differences.length), largest }; // prettier-ignore
  });
}

export function differencesTable(differences, method) {
  return markdown(
    [`${method} minus`, 'pairs', 'points', 'largest'],
    differences.map((one) => [one.rival, String(one.pairs), `${signed(one.mean)} ± ${one.error.toFixed(2)}`, signed(one.largest)]), // prettier-ignore
  );
}

/** Points that an encoding of the modulator loses against single precision, over all runs that measured it. */
export function encodingLoss(rows) {
  const measured = rows.filter((row) => row.accuracy.f32 !== undefined && row.accuracy.i8 !== undefined);
  return ['f16', 'i8'].map((encoding) => {
    const losses = measured.map((row) => row.accuracy.f32 - row.accuracy[encoding]);
    return { encoding, runs: losses.length, mean: mean(losses), worst: Math.max(...losses) };
  });
}

export function encodingTable(losses) {
  const targets = { f16: 0.1, i8: 0.5 };
  return markdown(
    ['encoding', 'runs', 'points lost', 'worst run', 'target'],
    losses.map(({ encoding, runs, mean: lost, worst }) => [encoding, String(runs), lost.toFixed(3), worst.toFixed(2), `≤ ${targets[encoding]}`]), // prettier-ignore
  );
}
