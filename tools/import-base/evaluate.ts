/**
 * Measures a built-in base network, with the classifier it was pretrained with, on the test images of a dataset.
 *
 * Usage: node tools/import-base/evaluate.ts --data cifar10.zip [--name resnet14-cifar10]
 *
 * The zip holds `test/<class>/*` (and `train/<class>/*`, which are not used). Needs the libraries built.
 */
import { parseArgs } from 'node:util';
import { initInferenceBackend } from '@kernelcast/compute';
import { createRunner, foldBatchNorm } from '@kernelcast/nets';
import { loadBuiltinBaseNetwork, readDatasetZip } from '@kernelcast/nets/node';

const { values } = parseArgs({
  options: { data: { type: 'string' }, name: { type: 'string', default: 'resnet14-cifar10' } },
});
if (values.data === undefined) {
  console.error('Usage: node tools/import-base/evaluate.ts --data ZIP [--name resnet14-cifar10]');
  process.exit(2);
}

const backend = await initInferenceBackend();
const { base, head } = await loadBuiltinBaseNetwork(values.name);
const { labels, test } = await readDatasetZip(values.data, base.graph.input);
if (String(labels) !== String(head.labels)) throw new Error(`The dataset's classes are not the network's: ${labels}`);

const runner = createRunner(foldBatchNorm(base), head);
const start = performance.now();
const logits = runner.predict(test.images);
const seconds = (performance.now() - start) / 1000;
runner.dispose();

let hits = 0;
for (let image = 0; image < test.count; image++) {
  const scores = logits.subarray(image * labels.length, (image + 1) * labels.length);
  if (scores.indexOf(Math.max(...scores)) === test.labels[image]) hits++;
}
console.log(
  JSON.stringify({
    name: values.name,
    digest: base.digest,
    backend: backend.name,
    images: test.count,
    accuracy: hits / test.count,
    imagesPerSecond: Math.round(test.count / seconds),
  }),
);
