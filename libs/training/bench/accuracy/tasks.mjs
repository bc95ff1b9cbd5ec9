// The transfer tasks: few images to learn from, as a new task on a device has, and two thousand to judge by.
import { readClothing, readDigits, shuffle, toImageSet, withZip } from './images.mjs';

const TEST_IMAGES = 2000;
const TEST_SEED = 2;
const trainSeed = (seed) => 100 + seed;
const numbered = (count, prefix) => Array.from({ length: count }, (_, i) => `${prefix} ${i}`);

async function digits() {
  return { labels: numbered(10, 'digit'), train: await readDigits('train'), test: await readDigits('t10k') };
}

async function clothing() {
  const mixed = shuffle(await readClothing(), 1);
  return { labels: numbered(10, 'piece'), train: mixed.slice(10_000), test: mixed.slice(0, 10_000) };
}

const OMNIGLOT_CLASSES = 60;
/** Of each character's twenty drawings, by twenty people. */
const OMNIGLOT_TRAIN_DRAWINGS = 12;

/** The first sixty characters of Omniglot (Lake et al. 2015): `…/<alphabet>/<character>/<drawing>.png`. */
function omniglot({ omniglot: file }) {
  return withZip(file, async (names, read) => {
    const characters = Map.groupBy(
      names.filter((name) => name.endsWith('.png')),
      (name) => name.slice(0, name.lastIndexOf('/')),
    );
    const parts = { labels: numbered(OMNIGLOT_CLASSES, 'character'), train: [], test: [] };
    for (const [label, drawings] of [...characters.values()].slice(0, OMNIGLOT_CLASSES).entries()) {
      for (const [i, name] of drawings.entries()) {
        const sample = { label, file: await read(name), invert: true };
        (i < OMNIGLOT_TRAIN_DRAWINGS ? parts.train : parts.test).push(sample);
      }
    }
    return parts;
  });
}

/** CIFAR-10 (Krizhevsky 2009): the five classes that the base of this task was not pretrained on. */
const HELD_OUT = ['dog', 'frog', 'horse', 'ship', 'truck'];
/** Files read per class, of which a run takes some. */
const CIFAR_POOL = { train: 1000, test: 400 };

function cifarHeldOut({ cifar: file }) {
  return withZip(file, async (names, read) => {
    const part = async (split) => {
      const samples = [];
      for (const [label, name] of HELD_OUT.entries()) {
        const own = shuffle(names.filter((one) => one.startsWith(`${split}/${name}/`)), 3); // prettier-ignore
        for (const one of own.slice(0, CIFAR_POOL[split])) samples.push({ label, file: await read(one) });
      }
      return samples;
    };
    return { labels: HELD_OUT, train: await part('train'), test: await part('test') };
  });
}

/**
 * `images`: how many to learn from; `flip`: whether mirroring keeps an image's class; `needs`: the option that names
 * its file; `base`: the base network where it is not the one asked for.
 */
export const TASKS = {
  digits: { load: digits, images: 300, flip: false },
  clothing: { load: clothing, images: 1000, flip: true },
  omniglot: { load: omniglot, images: 720, flip: false, needs: 'omniglot' },
  'cifar-held-out': { load: cifarHeldOut, images: 1000, flip: true, needs: 'cifar', base: 'resnet14-cifar5' },
};

const loaded = new Map();

/**
 * A task's dataset for one seed: the seed chooses the training images, the test images are always the same. With
 * `validation` training images that the run does not use are judged by instead: for whoever tunes a method.
 */
export async function loadTask(run, spec) {
  const { task, seed, files, images = TASKS[task].images, testImages = TEST_IMAGES, validation = false } = run;
  if (!loaded.has(task)) loaded.set(task, TASKS[task].load(files));
  const { labels, train, test } = await loaded.get(task);
  const pool = shuffle(train, trainSeed(seed));
  const judged = validation ? pool.slice(images) : shuffle(test, TEST_SEED);
  return {
    labels,
    train: await toImageSet(pool.slice(0, images), spec),
    test: await toImageSet(judged.slice(0, testImages), spec),
  };
}
