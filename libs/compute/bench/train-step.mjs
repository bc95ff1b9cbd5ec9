// P1: a training step of kernel modulation against one of full fine-tuning, of ResNet-14 at 32 x 32 on the same
// backend in the same run: time and memory. Build first: npx nx build compute
//   node libs/compute/bench/train-step.mjs [--batch 48] [--rounds 9] [--rank 6] [--backend wasm] [--json FILE]
// Both steps are forward, backward and plain SGD, which favours full fine-tuning: Adam would add moments of every
// weight to its step. Of 1.4 % no layer of the bundled base gets more than
// rank 6. Times are lower quartiles; ratios are of these, and in brackets the median of ratios of neighbours.
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { initBackend } from '../dist/index.js';
import { print, quantile, ratioOf, showRatio, table } from './measure.mjs';
import { resnet14 } from './resnet14.mjs';

const tf = createRequire(import.meta.url)('@tensorflow/tfjs-core');
const { values: options } = parseArgs({
  options: {
    batch: { type: 'string', default: '48' },
    rounds: { type: 'string', default: '9' },
    rank: { type: 'string', default: '6' },
    backend: { type: 'string', default: 'wasm' },
    json: { type: 'string' },
  },
});
const TARGET = { time: 1.25, memory: 1.1 };
const WARM_UP_ROUNDS = 2;
/** Steps in one timing: the system counts CPU time in ticks of several milliseconds. */
const STEPS_PER_TIMING = 4;
const SEED = 4;

const batch = Number(options.batch);
const rounds = Number(options.rounds);
const info = await initBackend({ force: options.backend });
const images = tf.randomNormal([batch, 32, 32, 3], 0, 1, 'float32', SEED);
const labels = tf.oneHot(tf.range(0, batch, 1, 'int32').mod(tf.scalar(10, 'int32')), 10).toFloat();

function stepper(rank) {
  const { variables, sections } = resnet14(rank);
  const optimizer = tf.train.sgd(1e-3);
  return () => {
    const { value, grads } = tf.variableGrads(
      () => tf.losses.softmaxCrossEntropy(labels, sections.reduce((x, { run }) => run(x), images)), // prettier-ignore
      variables,
    );
    optimizer.applyGradients(grads);
    value.dataSync();
    tf.dispose([value, grads]);
  };
}

/** Milliseconds per step: of the process's own CPU time, and of the clock. */
function time(step) {
  const cpu = process.cpuUsage();
  const clock = performance.now();
  for (let i = 0; i < STEPS_PER_TIMING; i++) step();
  const clockMs = (performance.now() - clock) / STEPS_PER_TIMING;
  return { cpuMs: process.cpuUsage(cpu).user / 1000 / STEPS_PER_TIMING, clockMs };
}

/** Largest sum of all tensors' bytes during a step. */
function peakBytes(step) {
  const engine = tf.engine();
  let peak = 0;
  const { trackTensor } = engine;
  engine.trackTensor = (...args) => {
    trackTensor.apply(engine, args);
    peak = Math.max(peak, engine.state.numBytes);
  };
  step();
  engine.trackTensor = trackTensor;
  return peak;
}

const kinds = { full: 0, km: Number(options.rank) };
const results = {};
const timings = { full: [], km: [] };
const shared = tf.memory().numBytes;
const steps = {};
for (const [kind, rank] of Object.entries(kinds)) {
  const before = tf.memory().numBytes;
  steps[kind] = stepper(rank);
  steps[kind]();
  // What the other kind's network holds does not count.
  results[kind] = { peakBytes: peakBytes(steps[kind]) - (before - shared) };
}
for (let round = 0; round < rounds + WARM_UP_ROUNDS; round++) {
  // The order changes, so that neither always follows the other.
  for (const kind of round % 2 ? ['km', 'full'] : ['full', 'km']) {
    const timing = time(steps[kind]);
    if (round >= WARM_UP_ROUNDS) timings[kind].push(timing);
  }
}
const timesOf = (kind, clock) => timings[kind].map((one) => one[clock]);
for (const kind of Object.keys(kinds)) {
  for (const clock of ['cpuMs', 'clockMs']) results[kind][clock] = quantile(timesOf(kind, clock), 0.25);
}
const ratios = {
  cpuTime: ratioOf(timesOf('km', 'cpuMs'), timesOf('full', 'cpuMs')),
  clockTime: ratioOf(timesOf('km', 'clockMs'), timesOf('full', 'clockMs')),
  memory: results.km.peakBytes / results.full.peakBytes,
};
const met = ratios.cpuTime.quiet <= TARGET.time && ratios.memory <= TARGET.memory;

print(`P1: ResNet-14, batch ${batch}, rank ${kinds.km}, ${rounds} rounds; ${info.detail}`);
const mib = (bytes) => (bytes / 2 ** 20).toFixed(1);
print(
  table([
    ['step', 'CPU ms', 'clock ms', 'peak MiB'],
    ...['full', 'km'].map((kind) => {
      const { cpuMs, clockMs, peakBytes: bytes } = results[kind];
      return [kind, cpuMs.toFixed(1), clockMs.toFixed(1), mib(bytes)];
    }),
    ['km / full', showRatio(ratios.cpuTime), showRatio(ratios.clockTime), ratios.memory.toFixed(3)],
    ['target', `<= ${TARGET.time}`, '', `<= ${TARGET.memory}`],
  ]),
);
print(met ? 'met' : 'MISSED');
if (options.json) {
  const report = { bench: 'P1', backend: info.detail, batch, rank: kinds.km, rounds, results, ratios, target: TARGET, met }; // prettier-ignore
  await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
}
