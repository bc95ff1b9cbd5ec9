// A3: few-shot learning with only modulators and head adapted in the inner loop, against adapting all weights, the head
// alone, and BatchNorm with the head. Build first: npm run bench:meta does.
//   node libs/training/bench/meta.mjs --omniglot FILE [--seeds 0,1,2] [--iterations 600] [--episodes 200]
//     [--variants km,all,head,bn] [--algorithm fomaml] [--rows FILE] [--json FILE] [--tables-only] [--short]
// FILE is a zip of Omniglot or of a part of it; a fifth of its alphabets is held out, the rest is learned from in four
// orientations. Without it, and in the short form, characters are drawn here: that shows only that the benchmark works.
// Each row (a variant and a seed) is appended to --rows as soon as it is done, and rows that are there are not run
// again: a run that was cut is continued, and extended with more seeds, by the same command.
// Query images are normalised by their own batch's statistics (transductive), for all variants alike.
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { initBackend } from '@kernelcast/compute';
import { countParameters } from '@kernelcast/nets';
import { splitClasses, withRotations } from '../dist/index.js';
import { print } from '../../compute/bench/measure.mjs';
import { digitClasses, drawnClasses, omniglotClasses } from './meta/images.mjs';
import { stridedConv4 } from './meta/network.mjs';
import { keyOf, measure } from './meta/run.mjs';
import { accuracyTable, deviceTable, differences, differencesTable, domainTable, sensitivityTable, VARIANTS } from './meta/tables.mjs'; // prettier-ignore

const { values: options } = parseArgs({
  options: {
    omniglot: { type: 'string' },
    seeds: { type: 'string', default: '0,1,2' },
    variants: { type: 'string', default: Object.keys(VARIANTS).join() },
    algorithm: { type: 'string', default: 'fomaml' },
    iterations: { type: 'string', default: '600' },
    episodes: { type: 'string', default: '200' },
    filters: { type: 'string', default: '32' },
    budget: { type: 'string', default: '0.025' },
    backend: { type: 'string' },
    rows: { type: 'string' },
    json: { type: 'string' },
    'tables-only': { type: 'boolean', default: false },
    short: { type: 'boolean', default: false },
  },
});

const SHORT = { seeds: '0', iterations: '6', episodes: '4', filters: '8', budget: '0.12', calibrationEpisodes: 1 };
const settings = options.short ? { ...options, ...SHORT, omniglot: undefined } : options;
const config = {
  source: settings.omniglot ? 'omniglot' : 'drawn strokes',
  algorithm: settings.algorithm,
  iterations: Number(settings.iterations),
  filters: Number(settings.filters),
  budget: Number(settings.budget),
  episodes: Number(settings.episodes),
  ...(settings.calibrationEpisodes && { calibrationEpisodes: settings.calibrationEpisodes }),
  /** Episodes of each probe: another rate, another domain. */
  probes: Math.min(60, Number(settings.episodes)),
};
const HELD_OUT = { heldOut: 0.2, by: 'group', seed: 1 };

async function loadData() {
  const graph = stridedConv4(config.filters);
  const all = settings.omniglot
    ? await omniglotClasses(settings.omniglot, graph.input)
    : drawnClasses({ classes: 60, drawings: 20, seed: 7 }, graph.input);
  const { train, test } = splitClasses(all, HELD_OUT);
  const digits = settings.omniglot ? await digitClasses(graph.input) : undefined;
  return { graph, train: withRotations(train, graph.input), test, digits };
}

async function readRows() {
  if (!settings.rows) return [];
  const text = await readFile(settings.rows, 'utf8').catch(() => '');
  // A run may have been cut in the middle of a line.
  return text.split('\n').flatMap((line) => (line.endsWith('}') ? [JSON.parse(line)] : []));
}

async function runMissing(data, rows) {
  for (const seed of settings.seeds.split(',').map(Number)) {
    for (const variant of settings.variants.split(',')) {
      if (rows.some(({ key }) => key === keyOf(config, variant, seed))) continue;
      const row = await measure(config, { variant, seed }, data, (line) => process.stderr.write(`${line}\n`));
      rows.push(row);
      if (settings.rows) await appendFile(settings.rows, `${JSON.stringify(row)}\n`);
    }
  }
}

const backend = await initBackend(settings.backend ? { force: settings.backend } : {});
const data = await loadData();
const stored = await readRows();
if (!settings['tables-only']) await runMissing(data, stored);
const wanted = (row) => row.key === keyOf(config, row.variant, row.seed);
const rows = stored.filter(wanted);

const { graph, train, test } = data;
print(`A3: few-shot learning, ${graph.name}, ${countParameters(graph)} parameters; ${backend.detail}`);
print(`${config.source}: ${train.length} classes to meta-train on, ${test.length} held out; ${config.algorithm}, ${config.iterations} iterations of 4 tasks; ${config.episodes} episodes`); // prettier-ignore
if (options.short) print('Short form: drawn strokes and a few iterations, so the figures mean nothing.');
const found = differences(rows);
const met = ['all', 'head'].every((rival) =>
  Object.values(found[rival] ?? {}).every(({ verdict }) => verdict !== 'behind'),
);
const blocks = [
  accuracyTable(rows),
  differencesTable(found),
  ...(rows.some(({ variant }) => variant === 'km') ? [deviceTable(rows)] : []),
  `5-way 5-shot, all inner rates multiplied at adaptation:\n${sensitivityTable(rows)}`,
  ...(data.digits ? [`5-way 5-shot on digits of MNIST, another domain:\n${domainTable(rows)}`] : []),
];
for (const block of blocks) print(`\n${block}`);
print(`\ntarget: km at least equal to all weights and to the head alone: ${met ? 'met' : 'MISSED'}`);
if (settings.json) {
  const report = {
    bench: 'A3',
    backend: backend.detail,
    short: options.short,
    ...config,
    differences: found,
    met,
    rows,
  };
  await writeFile(settings.json, `${JSON.stringify(report, null, 2)}\n`);
}
