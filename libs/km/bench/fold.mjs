// P3 and P4: what switching a device to another task costs, for the bundled ResNet-14 and a MobileNetV2 for 32 x 32, with
// a modulator of 1.4 % (or the least that the network can have). Build first: npx nx build km
//   node libs/km/bench/fold.mjs [--networks resnet14,mobilenetv2-32] [--rounds 30] [--batch 32] [--backend wasm] [--short]
//                               [--json FILE]
// P3: folding a modulator into a network of its own, its tensors and runner made, the network before it disposed;
//     against one pass that reads the base's weights and writes them over memory that is there already, in turn to two
//     places, since a swap too keeps the network in use until the next is ready. Copies into new arrays are shown as well.
// P4: inference of the swapped network against the plain base with a head of the same size.
// Times are CPU time of this thread over several runs in a row, lower quartiles over rounds; ratios are of these, and in
// brackets the median of ratios of neighbours.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createPrng, elementCount } from '@kernelcast/artifact';
import { initBackend } from '@kernelcast/compute';
import { buildArchitecture, createRunner, disposeTensors, foldBatchNorm, parameterSpecs, toTensors } from '@kernelcast/nets'; // prettier-ignore
import { loadBuiltinBaseNetwork } from '@kernelcast/nets/node';
import { print, quantile, ratioOf, showRatio, table } from '../../compute/bench/measure.mjs';
import { BudgetError, createAdaptation, createResidentBase, fold, headOf } from '../dist/index.js';

const { values: options } = parseArgs({
  options: {
    networks: { type: 'string', default: 'resnet14,mobilenetv2-32' },
    rounds: { type: 'string' },
    batch: { type: 'string', default: '32' },
    backend: { type: 'string', default: process.env.KERNELCAST_BACKEND ?? 'wasm' },
    short: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const TARGET = { swap: 3, inference: 1 };
/** What counts as equal, at least; more where the base against itself differs by more. */
const LEAST_NOISE = 0.03;
const WARM_UP_ROUNDS = 2;
/** In one timing: the system counts CPU time in ticks of several milliseconds. */
const SWAPS_PER_TIMING = 25;
const INFERENCES_PER_TIMING = 2;
const CLASSES = 10;

const rounds = Number(options.rounds ?? (options.short ? 2 : 30));
const batch = Number(options.batch);
const info = await initBackend({ force: options.backend });

/** The bundled network, or an untrained one: what it computes does not matter to how long it takes. */
async function baseOf(name) {
  if (name === 'resnet14') return (await loadBuiltinBaseNetwork('resnet14-cifar10')).base;
  const graph = buildArchitecture(name);
  const prng = createPrng(4);
  const weights = parameterSpecs(graph).map(({ name: key, kind, shape }) => {
    const data = new Float32Array(elementCount(shape));
    return [key, { shape: [...shape], data: kind === 'variance' ? data.fill(1) : data.map(() => 0.1 * prng.nextNormal()) }]; // prettier-ignore
  });
  return { graph, weights: new Map(weights), digest: '0'.repeat(64) };
}

function adapt(base, options) {
  try {
    return createAdaptation(base, options);
  } catch (error) {
    if (!(error instanceof BudgetError)) throw error;
    return createAdaptation(base, { ...options, budget: { paramsRatio: error.smallestRatio } });
  }
}

/** A modulator that leaves nothing as it was: every tensor moved off the identity. */
function someModulator(base, seed) {
  const adaptation = adapt(base, { method: 'km', budget: { paramsRatio: 0.014 }, classes: CLASSES, seed });
  const prng = createPrng(seed);
  const moved = [...adaptation.exportTensors()].map(([name, { shape, data }]) => {
    const values = Float32Array.from({ length: elementCount(shape) }, (_, i) => data[i] + 0.05 * prng.nextNormal());
    return [name, { shape, data: values }];
  });
  adaptation.dispose();
  return new Map(moved);
}

/** Milliseconds of this thread's CPU time for one run. */
function timed(run, repeats) {
  const { user, system } = process.threadCpuUsage();
  for (let i = 0; i < repeats; i++) run();
  const after = process.threadCpuUsage();
  return (after.user + after.system - user - system) / 1000 / repeats;
}

/** Times of each contender, one after the other in every round, in changing order. */
function race(contenders, count, repeats) {
  const names = Object.keys(contenders);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < count + WARM_UP_ROUNDS; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length];
      const time = timed(contenders[name], repeats);
      if (round >= WARM_UP_ROUNDS) times[name].push(time);
    }
  }
  return times;
}

function raceSwaps(base, modulators) {
  const weights = [...base.weights.values()].map(({ data }) => data);
  const places = [0, 1].map(() => weights.map((data) => new Float32Array(data.length)));
  const resident = createResidentBase(base);
  let turn = 0;
  let current = resident.fold(modulators[0]).runner;
  const times = race(
    {
      'copy over': () => {
        const place = places[++turn % 2];
        weights.forEach((data, i) => place[i].set(data));
      },
      'new copy': () => weights.map((data) => data.slice()),
      swap: () => {
        const { runner } = resident.fold(modulators[++turn % 2]);
        current.dispose();
        current = runner;
      },
      'upload arrays': () => disposeTensors(toTensors(base.weights)),
    },
    rounds,
    SWAPS_PER_TIMING,
  );
  current.dispose();
  resident.dispose();
  return times;
}

function raceInference(base, tensors) {
  const resident = createResidentBase(base);
  const head = headOf(base.graph, tensors);
  const runners = {
    base: createRunner(base, head),
    swapped: resident.fold(tensors).runner,
    'BatchNorm folded': createRunner(foldBatchNorm({ graph: base.graph, weights: fold(base, tensors) }), head),
  };
  const prng = createPrng(3);
  const { height, width, channels } = base.graph.input;
  const images = Uint8Array.from({ length: batch * height * width * channels }, () => 256 * prng.nextFloat());
  const contenders = Object.fromEntries(
    Object.entries(runners).map(([name, one]) => [name, () => one.predict(images)]),
  );
  contenders['base again'] = contenders.base;
  const times = race(contenders, Math.ceil(rounds / 2), INFERENCES_PER_TIMING);
  Object.values(runners).forEach((runner) => runner.dispose());
  resident.dispose();
  return times;
}

/** Ratios to the reference, over rounds. */
const against = (times, reference) =>
  Object.fromEntries(Object.entries(times).map(([name, values]) => [name, ratioOf(values, times[reference])]));

async function measure(network) {
  const base = await baseOf(network);
  const modulators = [someModulator(base, 1), someModulator(base, 2)];
  const swaps = raceSwaps(base, modulators);
  const inference = raceInference(base, modulators[0]);
  const ratios = { swap: against(swaps, 'copy over'), inference: against(inference, 'base') };
  const again = ratios.inference['base again'];
  const noise = Math.max(LEAST_NOISE, 2 * Math.abs(again.quiet - 1), 2 * Math.abs(again.paired - 1));
  const met = {
    P3: ratios.swap.swap.quiet <= TARGET.swap,
    P4: ratios.inference.swapped.quiet <= TARGET.inference + noise,
  };
  const baseBytes = [...base.weights.values()].reduce((total, { data }) => total + data.byteLength, 0);
  show(
    `${network}, ${(baseBytes / 2 ** 20).toFixed(2)} MiB: swap of a task (P3)`,
    swaps,
    ratios.swap,
    'of a copy over',
  );
  print(`swap <= ${TARGET.swap} of a copy: ${met.P3 ? 'met' : 'MISSED'}`);
  show(`${network}: inference of ${batch} images (P4)`, inference, ratios.inference, 'of the base');
  print(`swapped = ${TARGET.inference} of the base, within ${noise.toFixed(3)}, the run's noise: ${met.P4 ? 'met' : 'MISSED'}`); // prettier-ignore
  return { network, baseBytes, ratios, noise, met };
}

function show(title, times, ratiosOf, unit) {
  const rows = Object.entries(times).map(([name, values]) => [
    name,
    quantile(values, 0.25).toFixed(3),
    showRatio(ratiosOf[name]),
  ]);
  print(`\n${title}`);
  print(table([['', 'CPU ms', unit], ...rows]));
}

print(`${info.detail}; ${rounds} rounds`);
const networks = [];
for (const network of options.networks.split(',')) networks.push(await measure(network));
if (options.json) {
  const report = { bench: 'P3, P4', backend: info.detail, rounds, batch, networks, target: TARGET };
  await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
}
