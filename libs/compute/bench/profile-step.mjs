// Images per second of a training step (forward, backward, SGD) of ResNet-14 at 32 x 32, by user CPU time, and where
// the time goes. Build first: npx nx build compute
//   node libs/compute/bench/profile-step.mjs [--batch 48] [--steps 12] [--rank 0] [--profile] [--stages]
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { initBackend } from '../dist/index.js';
import { resnet14 } from './resnet14.mjs';

const tf = createRequire(import.meta.url)('@tensorflow/tfjs-core');
const { values: options } = parseArgs({
  options: {
    batch: { type: 'string', default: '48' },
    steps: { type: 'string', default: '12' },
    rank: { type: 'string', default: '0' },
    backend: { type: 'string', default: 'wasm' },
    profile: { type: 'boolean', default: false },
    stages: { type: 'boolean', default: false },
  },
});
const batch = Number(options.batch);
const steps = Number(options.steps);
const WARM_UP = 3;
const print = (line) => process.stdout.write(`${line}\n`);

const userMs = () => process.cpuUsage().user / 1000;

/** Time per kernel and shape of its first input, through wrappers around every kernel of the backend. */
function timeKernels() {
  const totals = new Map();
  for (const config of tf.getKernelsForBackend(tf.getBackend())) {
    const { kernelName, backendName, kernelFunc } = config;
    tf.unregisterKernel(kernelName, backendName);
    tf.registerKernel({
      ...config,
      kernelFunc: (call) => {
        const start = performance.now();
        const result = kernelFunc(call);
        const shape = Object.values(call.inputs)[0]?.shape ?? [];
        const to = (call.inputs.filter ?? call.inputs.dy ?? call.inputs.b)?.shape ?? [];
        const key = `${kernelName} [${shape}] [${to}]`;
        const times = totals.get(key) ?? [];
        times.push(performance.now() - start);
        totals.set(key, times);
        return result;
      },
    });
  }
  return totals;
}

/** Best, median and mean of the user CPU times of `steps` runs after a warm-up, in ms. */
async function measure(step) {
  const times = [];
  for (let i = 0; i < steps + WARM_UP; i++) {
    const start = userMs();
    await step();
    if (i >= WARM_UP) times.push(userMs() - start);
  }
  times.sort((a, b) => a - b);
  const mean = times.reduce((sum, time) => sum + time, 0) / times.length;
  return { best: times[0], median: times[times.length >> 1], mean };
}

/** Lower quartile of each kernel's times, times its calls per step. */
function report() {
  const rows = [...totals].map(([key, times]) => {
    const sorted = times.toSorted((p, q) => p - q);
    return { key, calls: times.length / (steps + WARM_UP), ms: sorted[times.length >> 2] ?? 0 };
  });
  rows.sort((p, q) => q.ms * q.calls - p.ms * p.calls);
  print(
    `kernels: ${rows.reduce((sum, { ms, calls }) => sum + ms * calls, 0).toFixed(1)} ms per step (lower quartiles)`,
  );
  for (const { key, ms, calls } of rows.slice(0, 60)) {
    print(`${(ms * calls).toFixed(2).padStart(7)} ms = ${calls.toFixed(1).padStart(5)} x ${ms.toFixed(3)}  ${key}`);
  }
}

const rate = (ms) => `${Number(((batch * 1000) / ms).toPrecision(3))} images/s`;

const info = await initBackend({ force: options.backend });
print(`${info.detail}; batch ${batch}, rank ${options.rank}`);
const { variables, sections } = resnet14(Number(options.rank));
const images = tf.randomNormal([batch, 32, 32, 3], 0, 1, 'float32', 4);
const labels = tf.oneHot(tf.range(0, batch, 1, 'int32').mod(tf.scalar(10, 'int32')), 10).toFloat();
const forward = () => sections.reduce((x, { run }) => run(x), images);
const optimizer = tf.train.sgd(1e-3);

async function trainStep() {
  const { value, grads } = tf.variableGrads(() => tf.losses.softmaxCrossEntropy(labels, forward()), variables);
  optimizer.applyGradients(grads);
  tf.dispose(grads);
  await value.data();
  value.dispose();
}

const totals = options.profile ? timeKernels() : undefined;
const wall = performance.now();
const { best, median } = await measure(trainStep);
const wallMs = (performance.now() - wall) / (steps + WARM_UP);
print(`train step: best ${rate(best)}, median ${rate(median)} by user CPU time; mean ${rate(wallMs)} by the clock`);

if (totals) report();
const inference = await measure(async () => tf.tidy(() => void forward().dataSync()));
print(`forward (batch statistics): best ${rate(inference.best)}`);

// Means, since the system counts CPU time in ticks longer than some sections take.
if (options.stages) {
  let x = images;
  for (const { name, run } of sections) {
    const input = x;
    const step = async () => tf.tidy(() => void run(input).dataSync());
    const both = async () =>
      tf.tidy(() => {
        const f = (v) => tf.sum(run(v));
        const gradients = tf.variableGrads(() => f(input));
        tf.dispose(gradients.grads);
        tf.grad(f)(input).dataSync();
      });
    const [f, b] = [await measure(step), await measure(both)];
    print(`${name.padEnd(10)} forward ${f.mean.toFixed(1)} ms; twice forward, dW and dX ${b.mean.toFixed(1)} ms`);
    x = tf.tidy(() => run(input));
  }
}
