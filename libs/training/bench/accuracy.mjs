// A1, A2 and A4: what a task's accuracy is by kernel modulation at 1.4 % and by its rivals, all trained by the same loop
// with the defaults tuned for each; what the budget holds on every architecture; and what encodings lose.
//   npm run bench:accuracy -- [--omniglot ZIP] [--cifar ZIP] [--seeds 0,1,2] [--jobs 2] [--rows FILE] [--json FILE]
//   npm run bench:accuracy -- --validation --methods km --set learningRate=0.05    to tune: judges by unused training images
//   npm run bench:accuracy -- --short      one seed, two tasks, few steps: shows that it runs, not what a method is worth
// Every run is appended to --rows (JSON lines) as soon as it ends, and rows that are there are not run again, so the
// benchmark can be stopped and continued. Tasks whose file is not given are left out, and said to be.
import { fork } from 'node:child_process';
import { appendFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { methodNames, plan } from '@kernelcast/km';
import { architectureNames, buildArchitecture } from '@kernelcast/nets';
import { print } from '../../compute/bench/measure.mjs';
import { TASKS } from './accuracy/tasks.mjs';
import { accuracyTable, differencesTable, encodingLoss, encodingTable, markdown, pairedDifferences } from './accuracy/tables.mjs'; // prettier-ignore

const RATIO = 0.014;
const SHORT = { seeds: '0', tasks: 'digits,clothing', methods: 'head,km', bases: 'resnet14-cifar10', set: 'steps=4', images: 60, testImages: 60 }; // prettier-ignore

const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    seeds: { type: 'string', default: '0,1,2' },
    tasks: { type: 'string', default: Object.keys(TASKS).join(',') },
    methods: { type: 'string', default: methodNames().join(',') },
    bases: { type: 'string', default: 'resnet14-cifar10,mobilenetv2-cifar10' },
    set: { type: 'string', default: '' },
    validation: { type: 'boolean', default: false },
    omniglot: { type: 'string' },
    cifar: { type: 'string' },
    jobs: { type: 'string', default: '1' },
    rows: { type: 'string', default: 'tmp/bench-accuracy.jsonl' },
    json: { type: 'string' },
    backend: { type: 'string', default: process.env.KERNELCAST_BACKEND },
    'tables-only': { type: 'boolean', default: false },
  },
});
const chosen = options.short ? { ...options, ...SHORT, rows: 'tmp/bench-accuracy-short.jsonl' } : options;
const list = (text) => text.split(',').filter((part) => part !== '');
const files = Object.fromEntries(
  ['omniglot', 'cifar'].flatMap((name) => (options[name] ? [[name, path.resolve(options[name])]] : [])),
);
const tasks = list(chosen.tasks).filter((task) => {
  if (TASKS[task] === undefined) throw new Error(`unknown task ${task}; known: ${Object.keys(TASKS).join(', ')}`);
  const { needs } = TASKS[task];
  if (needs === undefined || files[needs]) return true;
  print(`NOT RUN: ${task}, as --${needs} names no file`);
  return false;
});

/** Every run that is wanted, seeds first, so that a benchmark cut short has whole seeds. */
function wanted() {
  const runs = [];
  for (const seed of list(chosen.seeds).map(Number)) {
    for (const base of list(chosen.bases)) {
      for (const task of tasks) {
        const own = TASKS[task].base;
        // A task with a base of its own belongs to that base's architecture.
        if (own !== undefined && !base.startsWith('resnet14')) continue;
        for (const method of list(chosen.methods)) runs.push({ base: own ?? base, task, method, seed });
      }
    }
  }
  const { images, testImages, validation } = chosen;
  const pairs = list(chosen.set).map((pair) => pair.split('='));
  const hyperparameters = Object.fromEntries(pairs.map(([name, value]) => [name, Number(value)]));
  return runs.map((run) => ({
    ...run,
    hyperparameters,
    ratio: RATIO,
    files,
    images,
    testImages,
    validation,
    backend: options.backend,
  }));
}

const keyOf = ({ base, task, method, seed, validation = false, hyperparameters = {} }) =>
  [base, task, method, seed, ...(validation ? ['validation'] : []), ...Object.entries(hyperparameters).flat()].join(
    ' ',
  );

async function readRows() {
  try {
    return (await readFile(chosen.rows, 'utf8')).trim().split('\n').filter(Boolean).map(JSON.parse); // prettier-ignore
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Takes runs from the queue until it is empty. */
async function work(queue, total) {
  const child = fork(new URL('accuracy/run.mjs', import.meta.url), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ask = (job) =>
    new Promise((resolve, reject) => {
      const ended = (code) => reject(new Error(`the run's process ended with ${code}`));
      child.once('exit', ended);
      child.once('message', (answer) => {
        child.off('exit', ended);
        resolve(answer);
      });
      child.send(job);
    });
  try {
    for (let job = queue.shift(); job; job = queue.shift()) {
      const { error, ...figures } = await ask(job);
      if (error) throw new Error(`${keyOf(job)}: ${error}`);
      const { base, task, method, seed, ratio, validation, hyperparameters } = job;
      const row = { base, task, method, seed, ratio, validation, hyperparameters, ...figures };
      await appendFile(chosen.rows, `${JSON.stringify(row)}\n`);
      print(`${total - queue.length}/${total} ${keyOf(job)}: ${figures.accuracy.f16.toFixed(2)} % in ${figures.seconds.toFixed(0)} s`); // prettier-ignore
    }
  } finally {
    child.disconnect();
  }
}

/** A1: what the planner makes of the budget on every architecture. */
function budgets() {
  return architectureNames().map((name) => {
    const { totalParams, baseParams, budgetParams } = plan(buildArchitecture(name), { paramsRatio: RATIO }, 'km');
    return { architecture: name, baseParams, budgetParams, totalParams, ratio: totalParams / baseParams };
  });
}

const runs = wanted();
await mkdir(path.dirname(path.resolve(chosen.rows)), { recursive: true });
if (options.short) await writeFile(chosen.rows, '');
if (!options['tables-only']) {
  const known = new Set((await readRows()).map(keyOf));
  const queue = runs.filter((run) => !known.has(keyOf(run)));
  print(`${runs.length} runs, ${runs.length - queue.length} of them done before`);
  const total = queue.length;
  await Promise.all(Array.from({ length: Math.min(Number(options.jobs), total) }, () => work(queue, total)));
}

const keys = new Set(runs.map(keyOf));
const rows = (await readRows()).filter((row) => keys.has(keyOf(row)));
const a1 = budgets();
print('\nA1: parameters of a km plan at 1.4 %, head excluded\n');
print(markdown(['architecture', 'base', 'allowed', 'planned', 'share'], a1.map((one) => [one.architecture, ...[one.baseParams, one.budgetParams, one.totalParams].map((n) => n.toLocaleString('en')), `${(100 * one.ratio).toFixed(3)} %`]))); // prettier-ignore
const report = { bench: 'A1, A2, A4', short: options.short, ratio: RATIO, a1, rows, differences: {} };
const order = methodNames().filter((method) => list(chosen.methods).includes(method));
for (const family of list(chosen.bases)) {
  const own = rows.filter(
    ({ base }) => base === family || (family.startsWith('resnet14') && base.startsWith('resnet14')),
  );
  if (own.length === 0) continue;
  const ownTasks = tasks.filter((task) => own.some((row) => row.task === task));
  print(`\nA2: test accuracy in %, base ${family}\n`);
  print(accuracyTable(own, { tasks: ownTasks, methods: order }));
  report.differences[family] = pairedDifferences(own, 'km');
  print(`\n${differencesTable(report.differences[family], 'km')}`);
}
if (rows.some(({ method }) => method === 'km')) {
  report.a4 = encodingLoss(rows);
  print('\nA4: accuracy lost by the encoding of km modulators\n');
  print(encodingTable(report.a4));
}
if (options.short) print('\nA short run: its accuracies show that the benchmark works, nothing about the methods.');
if (options.json) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
