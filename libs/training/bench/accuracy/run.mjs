// One run of the accuracy benchmark, in a process of its own: takes a run by message, answers with its figures.
import { roundToEncoding } from '@kernelcast/artifact';
import { initBackend } from '@kernelcast/compute';
import { loadBuiltinBaseNetwork } from '@kernelcast/nets/node';
import { evaluate, train } from '../../dist/index.js';
import { loadTask, TASKS } from './tasks.mjs';

/** Beside half precision, in which training measures its result. */
const OTHER_ENCODINGS = ['f32', 'i8'];
const PERCENT = 100;
const bases = new Map();

async function run({ base: baseName, backend, ...job }) {
  const { task, method, seed, ratio, hyperparameters } = job;
  const info = await initBackend(backend ? { force: backend } : {});
  if (!bases.has(baseName)) bases.set(baseName, (await loadBuiltinBaseNetwork(baseName)).base);
  const base = bases.get(baseName);
  const dataset = await loadTask(job, base.graph.input);
  const result = await train({
    base,
    dataset,
    method,
    budget: { paramsRatio: ratio },
    hyperparameters: { flip: TASKS[task].flip, ...hyperparameters },
    seed,
    encoding: 'f16',
  });
  const { artifactTensors, metrics, plan } = result;
  const accuracy = { f16: PERCENT * metrics.top1 };
  // Only kernel modulation travels in several encodings worth comparing; the others are here as rivals.
  for (const encoding of method === 'km' ? OTHER_ENCODINGS : []) {
    const tensors = roundToEncoding(artifactTensors, encoding);
    accuracy[encoding] = PERCENT * (await evaluate({ base, tensors, labels: dataset.labels, images: dataset.test })).top1; // prettier-ignore
  }
  const { totalParams, baseParams } = plan;
  const figures = { accuracy, images: dataset.train.count, testImages: dataset.test.count, steps: result.steps };
  return { ...figures, totalParams, baseParams, seconds: result.seconds, backend: info.detail };
}

process.on('message', (job) => {
  run(job).then(
    (figures) => process.send({ ...figures }),
    (error) => process.send({ error: error.stack ?? String(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
