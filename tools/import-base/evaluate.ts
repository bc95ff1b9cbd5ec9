/**
 * Measures a built-in base network, with the classifier it was pretrained with, on the test images of a dataset.
 *
 * Usage: node tools/import-base/evaluate.ts --data cifar10.zip [--name resnet14-cifar10]
 *
 * The zip holds `test/<class>/*` (and `train/<class>/*`, which are not used). Images of classes that the network does
 * not know are left out. Needs the libraries built.
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
const stranger = head.labels.find((label) => !labels.includes(label));
if (stranger !== undefined) throw new Error(`The dataset has no class '${stranger}': ${labels}`);

const imageBytes = test.images.length / test.count;
const known = [...test.labels]
  .map((label, image) => ({ image, class: head.labels.indexOf(labels[label] ?? '') }))
  .filter((entry) => entry.class >= 0);
const images = new Uint8Array(known.length * imageBytes);
known.forEach(({ image }, at) => {
  images.set(test.images.subarray(image * imageBytes, (image + 1) * imageBytes), at * imageBytes);
});

const runner = createRunner(foldBatchNorm(base), head);
const start = performance.now();
const logits = runner.predict(images);
const seconds = (performance.now() - start) / 1000;
runner.dispose();

const classes = head.labels.length;
const hits = known.filter((entry, at) => {
  const scores = logits.subarray(at * classes, (at + 1) * classes);
  return scores.indexOf(Math.max(...scores)) === entry.class;
}).length;
console.log(
  JSON.stringify({
    name: values.name,
    digest: base.digest,
    backend: backend.name,
    images: known.length,
    accuracy: hits / known.length,
    imagesPerSecond: Math.round(known.length / seconds),
  }),
);
