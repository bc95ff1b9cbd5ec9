// What a training process has to do before its first step, done by hand in a process of its own and timed:
//   node alone.mjs ZIP THREADS   prints milliseconds of each part, by the clock and of this process's CPU time, as JSON
import { initBackend } from '@kernelcast/compute';
import { loadBuiltinBaseNetwork, openDatasetZip } from '@kernelcast/nets/node';
import { train } from '@kernelcast/training';
import { ORDER } from './order.mjs';

const MICROSECONDS = 1000;
const [zip, threads] = process.argv.slice(2);
/** The process began at zero, by both clocks. */
let last = { wall: 0, cpu: 0 };
/** What has passed since the last call. */
function lap() {
  const { user, system } = process.cpuUsage();
  const now = { wall: performance.now(), cpu: (user + system) / MICROSECONDS };
  const passed = { wall: now.wall - last.wall, cpu: now.cpu - last.cpu };
  last = now;
  return passed;
}

const modules = lap();
const { name, detail } = await initBackend();
const backend = lap();
const { base } = await loadBuiltinBaseNetwork(ORDER.baseNetwork);
const network = lap();
const dataset = await openDatasetZip(zip, base.graph.input);
const data = lap();
const steps = [];
const { method, budget, hyperparameters } = ORDER;
await train({
  base,
  dataset,
  method,
  budget,
  hyperparameters,
  seed: 1,
  encoding: 'f16',
  threads: name === 'wasm' ? Number(threads) : 1,
  onStep: () => void steps.push(lap()),
});
// The first step sets everything up and compiles; what a step takes is what a later one took.
const [firstStep, step] = steps;
process.stdout.write(JSON.stringify({ detail, modules, backend, network, data, firstStep, step }));
process.exit();
