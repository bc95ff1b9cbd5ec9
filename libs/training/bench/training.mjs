// P1: a training step of kernel modulation against one of full fine-tuning, on the same backend: time and memory.
// P2: throughput of full fine-tuning against PyTorch (Debian: apt-get install python3-torch), same network, batch and
//     number of threads. Build first: npx nx run-many -t build -p compute nets km training
//   node libs/training/bench/training.mjs [--networks resnet14,mobilenetv2-32] [--batch 48] [--rounds 9] [--steps 3]
//                                        [--backend wasm] [--short] [--json FILE]
// KERNELCAST_NATIVE_DIR names the folder of a native build (tools/native-backend), which is preferred where there is one.
// A step is forward, backward, Adam and the way of the new values to the backend. All contenders take turns in every
// round, so that other load hits them alike. Times are lower quartiles of CPU time; ratios are of these, and in brackets
// the median of ratios of neighbours. Memory is the largest sum of tensors during a step; the optimiser's moments, which
// full fine-tuning has one hundred times more of, do not count.
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { countParameters } from '@kernelcast/nets';
import { initBackend } from '@kernelcast/compute';
import { print, quantile, ratioOf, showRatio, table } from '../../compute/bench/measure.mjs';
import { someImages, untrained } from './step/networks.mjs';
import { createStepper, heldBytes, peakBytes, timed } from './step/stepper.mjs';
import { startTorch } from './step/torch.mjs';

const { values: options } = parseArgs({
  options: {
    networks: { type: 'string', default: 'resnet14,mobilenetv2-32' },
    batch: { type: 'string', default: '48' },
    rounds: { type: 'string' },
    steps: { type: 'string' },
    backend: { type: 'string', default: process.env.KERNELCAST_BACKEND },
    short: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const CLASSES = 10;
const BUDGET = { paramsRatio: 0.014 };
const TARGET = { time: 1.25, memory: 1.1, throughput: { wasm: 0.35, native: 0.8 } };
const WARM_UP_ROUNDS = 1;

const batch = Number(options.batch);
const rounds = Number(options.rounds ?? (options.short ? 1 : 9));
const steps = Number(options.steps ?? (options.short ? 1 : 3));
const folder = process.env.KERNELCAST_NATIVE_DIR;
const info = await initBackend({ force: options.backend, ...(folder && { native: { folder, threads: 1 } }) });
const throughputTarget = info.name.startsWith('tfjs-node') ? TARGET.throughput.native : TARGET.throughput.wasm;

/** Both methods' steppers, and the memory of each on its own. */
function createSteppers(base) {
  const images = someImages(base.graph.input, batch, CLASSES);
  const steppers = {};
  const memory = {};
  for (const method of ['full', 'km']) {
    const before = heldBytes();
    steppers[method] = createStepper(base, { method, budget: BUDGET, classes: CLASSES, batch: images });
    steppers[method].step();
    memory[method] = peakBytes(steppers[method].step, before);
  }
  return { steppers, memory };
}

/** Times of all contenders, one after the other in every round, in changing order. */
async function race(contenders) {
  const names = Object.keys(contenders);
  const times = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds + WARM_UP_ROUNDS; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length];
      const time = await contenders[name]();
      if (round >= WARM_UP_ROUNDS) times[name].push(time);
    }
  }
  return times;
}

async function measure(architecture) {
  const base = untrained(architecture);
  const { steppers, memory } = createSteppers(base);
  const torch = await startTorch({ graph: base.graph, batch, classes: CLASSES, threads: 1 });
  const expected = countParameters(base.graph) + (base.graph.featureSize + 1) * CLASSES;
  if (torch && torch.parameters !== expected)
    throw new Error(`PyTorch's network has ${torch.parameters} parameters, not ${expected}`);
  const contenders = {
    full: () => timed(steppers.full.step, steps),
    km: () => timed(steppers.km.step, steps),
    ...(torch && { torch: () => torch.time(steps) }),
  };
  const times = await race(contenders);
  torch?.stop();
  Object.values(steppers).forEach((stepper) => stepper.dispose());
  return summarise(architecture, { times, memory, torch: torch?.version, trained: steppers.km.trained });
}

function summarise(architecture, { times, memory, torch, trained }) {
  const of = (name, clock) => times[name].map((one) => one[clock]);
  const results = Object.fromEntries(
    Object.keys(times).map((name) => {
      const [cpuMs, clockMs] = ['cpuMs', 'clockMs'].map((clock) => quantile(of(name, clock), 0.25));
      return [name, { cpuMs, clockMs, imagesPerSecond: (batch * 1000) / cpuMs, peakBytes: memory[name] }];
    }),
  );
  const ratios = {
    time: ratioOf(of('km', 'cpuMs'), of('full', 'cpuMs')),
    memory: memory.km / memory.full,
    ...(torch && { throughput: ratioOf(of('torch', 'cpuMs'), of('full', 'cpuMs')) }),
  };
  const met = {
    P1: ratios.time.quiet <= TARGET.time && ratios.memory <= TARGET.memory,
    ...(torch && { P2: ratios.throughput.quiet >= throughputTarget }),
  };
  return { architecture, torch, trained, results, ratios, met };
}

const NAMES = { full: 'full fine-tuning', km: 'kernel modulation', torch: 'PyTorch, full' };

function show({ architecture, torch, results, ratios, met }) {
  print(`\n${architecture}${torch ? `; PyTorch ${torch}, one thread` : ''}`);
  const rows = Object.entries(results).map(([name, { cpuMs, clockMs, imagesPerSecond, peakBytes: bytes }]) => [
    NAMES[name],
    cpuMs.toFixed(1),
    clockMs.toFixed(1),
    imagesPerSecond.toFixed(0),
    bytes === undefined ? '' : (bytes / 2 ** 20).toFixed(1),
  ]);
  print(table([['step', 'CPU ms', 'clock ms', 'images/CPU s', 'peak MiB'], ...rows]));
  const verdict = (ok) => (ok ? 'met' : 'MISSED');
  print(
    `P1: modulation takes ${showRatio(ratios.time)} x the time (<= ${TARGET.time}) and ${ratios.memory.toFixed(3)} x the memory (<= ${TARGET.memory}) of fine-tuning: ${verdict(met.P1)}`,
  );
  print(
    torch
      ? `P2: throughput is ${showRatio(ratios.throughput)} x PyTorch's (>= ${throughputTarget}): ${verdict(met.P2)}`
      : 'P2: not measured, no PyTorch found (apt-get install python3-torch)',
  );
}

print(`${info.detail}; batch ${batch}, ${rounds} rounds of ${steps} steps`);
const networks = [];
for (const architecture of options.networks.split(',')) {
  const result = await measure(architecture);
  show(result);
  networks.push(result);
}
if (options.json) {
  const report = { bench: 'P1, P2', backend: info.detail, batch, rounds, steps, networks, target: TARGET };
  await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
}
