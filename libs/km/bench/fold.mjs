// P3 and P4: what switching a device to another task costs, on the bundled ResNet-14 with a modulator of 1.4 %. Build
// first: npx nx build km
//   node libs/km/bench/fold.mjs [--rounds 60] [--batch 32] [--backend wasm] [--json FILE]
// P3: folding a modulator into a network of its own, its tensors and runner made, the network before it disposed;
//     against one pass that reads the base's weights and writes them as new arrays. A copy over arrays that are there
//     already is shown as well: the hardware's ceiling. Every pass starts with cold caches, as on a device that did
//     other work between two swaps.
// P4: inference of the swapped network against the plain base with a head of the same size.
// Times are lower quartiles; ratios are of these, and in brackets the median of ratios of neighbours.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createPrng, elementCount } from '@kernelcast/artifact';
import { initBackend } from '@kernelcast/compute';
import { createRunner, disposeTensors, foldBatchNorm, toTensors } from '@kernelcast/nets';
import { loadBuiltinBaseNetwork } from '@kernelcast/nets/node';
import { print, quantile, ratioOf, showRatio, table } from '../../compute/bench/measure.mjs';
import { createAdaptation, createResidentBase, fold, headOf } from '../dist/index.js';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '60' },
    batch: { type: 'string', default: '32' },
    backend: { type: 'string', default: 'wasm' },
    json: { type: 'string' },
  },
});
const TARGET = { swap: 3, inference: 1 };
/** What counts as equal, at least; more where the base against itself differs by more. */
const LEAST_NOISE = 0.03;
const WARM_UP_ROUNDS = 10;

const rounds = Number(options.rounds);
const batch = Number(options.batch);
const info = await initBackend({ force: options.backend });
const { base, head: ownHead } = await loadBuiltinBaseNetwork('resnet14-cifar10');

/** A modulator that leaves nothing as it was: every tensor moved off the identity. */
function someModulator(seed) {
  const classes = ownHead.bias.data.length;
  const adaptation = createAdaptation(base, { method: 'km', budget: { paramsRatio: 0.014 }, classes, seed });
  const prng = createPrng(seed);
  const moved = [...adaptation.exportTensors()].map(([name, { shape, data }]) => {
    const values = Float32Array.from({ length: elementCount(shape) }, (_, i) => data[i] + 0.05 * prng.nextNormal());
    return [name, { shape, data: values }];
  });
  adaptation.dispose();
  return new Map(moved);
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');
/** More than any cache in front of the memory holds. */
const other = new Float32Array(2 ** 24);

/** Puts other memory into the caches, and leaves no garbage that a bystander would be charged for. */
function cool() {
  collectGarbage();
  other.fill(Math.random());
}

/** Times of each contender in ms, one after the other in every round, in changing order. */
function race(contenders, count, before = () => undefined) {
  const names = Object.keys(contenders);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < count + WARM_UP_ROUNDS; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length];
      before();
      const start = performance.now();
      contenders[name]();
      if (round >= WARM_UP_ROUNDS) times[name].push(performance.now() - start);
    }
  }
  return times;
}

const modulators = [someModulator(1), someModulator(2)];
const weights = [...base.weights.values()].map(({ data }) => data);
const baseBytes = weights.reduce((total, data) => total + data.byteLength, 0);
const mapped = weights.map((data) => new Float32Array(data.length));
const resident = createResidentBase(base);
let turn = 0;
let current = resident.fold(modulators[0]).runner;

const swaps = race(
  {
    'new copy': () => weights.map((data) => data.slice()),
    'copy over': () => weights.forEach((data, i) => mapped[i].set(data)),
    swap: () => {
      const { runner } = resident.fold(modulators[++turn % 2]);
      current.dispose();
      current = runner;
    },
    'fold arrays': () => fold(base, modulators[++turn % 2]),
    'upload arrays': () => disposeTensors(toTensors(base.weights)),
  },
  rounds,
  cool,
);

const plain = createRunner(base, ownHead);
const tensors = modulators[0];
const swapped = resident.fold(tensors).runner;
const folded = createRunner(foldBatchNorm({ graph: base.graph, weights: fold(base, tensors) }), headOf(base.graph, tensors)); // prettier-ignore
const prng = createPrng(3);
const images = Uint8Array.from({ length: batch * 32 * 32 * 3 }, () => 256 * prng.nextFloat());
const inference = race(
  {
    base: () => plain.predict(images),
    'base again': () => plain.predict(images),
    swapped: () => swapped.predict(images),
    'BatchNorm folded': () => folded.predict(images),
  },
  Math.ceil(rounds / 2),
);
for (const runner of [plain, swapped, folded, current]) runner.dispose();
resident.dispose();

/** Ratios to the reference, over rounds. */
const against = (times, reference) =>
  Object.fromEntries(Object.entries(times).map(([name, values]) => [name, ratioOf(values, times[reference])]));
const ratios = { swap: against(swaps, 'new copy'), inference: against(inference, 'base') };
const again = ratios.inference['base again'];
const noise = Math.max(LEAST_NOISE, 2 * Math.abs(again.quiet - 1), 2 * Math.abs(again.paired - 1));
const met = {
  P3: ratios.swap.swap.quiet <= TARGET.swap,
  P4: ratios.inference.swapped.quiet <= TARGET.inference + noise,
};

function show(title, times, ratiosOf, unit) {
  const rows = Object.entries(times).map(([name, values]) => [
    name,
    quantile(values, 0.25).toFixed(3),
    showRatio(ratiosOf[name]),
  ]);
  print(`\n${title}`);
  print(table([['', 'ms', unit], ...rows]));
}

print(`${info.detail}; base ${(baseBytes / 2 ** 20).toFixed(2)} MiB in memory, ${rounds} rounds`);
show('P3: swap of a task', swaps, ratios.swap, 'of a new copy');
print(`swap <= ${TARGET.swap} of a new copy: ${met.P3 ? 'met' : 'MISSED'}`);
show(`P4: inference of ${batch} images`, inference, ratios.inference, 'of the base');
print(
  `swapped = ${TARGET.inference} of the base, within ${noise.toFixed(3)}, the run's noise: ${met.P4 ? 'met' : 'MISSED'}`,
);
if (options.json) {
  const report = {
    bench: 'P3, P4',
    backend: info.detail,
    baseBytes,
    rounds,
    batch,
    ratios,
    noise,
    target: TARGET,
    met,
  };
  await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
}
