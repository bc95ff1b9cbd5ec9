// Images per second of a training step, by CPU time, and which kernels the time goes to. Build first:
// npx nx run-many -t build -p compute nets km training
//   node libs/training/bench/profile-step.mjs [--network resnet14] [--method full] [--batch 48] [--steps 12] [--kernels 40]
//                                             [--backend wasm]
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { initBackend } from '@kernelcast/compute';
import { print, quantile } from '../../compute/bench/measure.mjs';
import { someImages, untrained } from './step/networks.mjs';
import { createStepper, timed } from './step/stepper.mjs';

const tf = createRequire(import.meta.url)('@tensorflow/tfjs-core');
const { values: options } = parseArgs({
  options: {
    network: { type: 'string', default: 'resnet14' },
    method: { type: 'string', default: 'full' },
    batch: { type: 'string', default: '48' },
    steps: { type: 'string', default: '12' },
    kernels: { type: 'string', default: '40' },
    backend: { type: 'string', default: 'wasm' },
  },
});
const CLASSES = 10;
const WARM_UP = 3;
const steps = Number(options.steps);
const batch = Number(options.batch);

/** Times per kernel and shapes of its inputs, through wrappers around every kernel of the backend. */
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
        const [from, to] = Object.values(call.inputs).map((one) => one?.shape ?? []);
        const key = `${kernelName} [${from ?? ''}] [${to ?? ''}]`;
        const times = totals.get(key) ?? [];
        times.push(performance.now() - start);
        totals.set(key, times);
        return result;
      },
    });
  }
  return totals;
}

const info = await initBackend({ force: options.backend });
const base = untrained(options.network);
const { step } = createStepper(base, {
  method: options.method,
  budget: { paramsRatio: 0.014 },
  classes: CLASSES,
  batch: someImages(base.graph.input, batch, CLASSES),
});
const totals = timeKernels();
for (let i = 0; i < WARM_UP; i++) step();
totals.clear();
const times = Array.from({ length: steps }, () => timed(step, 1));
const cpuMs = quantile(
  times.map((one) => one.cpuMs),
  0.25,
);
const clockMs = quantile(
  times.map((one) => one.clockMs),
  0.25,
);
print(`${info.detail}; ${options.network}, ${options.method}, batch ${batch}`);
print(`step: ${cpuMs.toFixed(1)} CPU ms, ${clockMs.toFixed(1)} ms by the clock; ${((batch * 1000) / cpuMs).toFixed(0)} images per CPU second`); // prettier-ignore
const rows = [...totals].map(([key, all]) => ({ key, calls: all.length / steps, ms: quantile(all, 0.25) }));
rows.sort((p, q) => q.ms * q.calls - p.ms * p.calls);
const sum = rows.reduce((total, { ms, calls }) => total + ms * calls, 0);
print(`kernels: ${sum.toFixed(1)} ms a step (lower quartiles of their times, by the clock)`);
for (const { key, ms, calls } of rows.slice(0, Number(options.kernels))) {
  print(`${(ms * calls).toFixed(2).padStart(7)} ms = ${calls.toFixed(1).padStart(5)} x ${ms.toFixed(3)}  ${key}`);
}
