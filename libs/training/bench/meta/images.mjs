// Classes to draw episodes from: Omniglot's characters, strokes drawn here, and digits as another domain.
import path from 'node:path';
import { createPrng } from '@kernelcast/artifact';
import { readDigits, toImageSet, withZip } from '../accuracy/images.mjs';

const RGB = 3;
/** Of the thousands of digits: as many as a character has drawings, and a few more. */
const DIGITS_PER_CLASS = 60;

async function toClass(name, group, samples, spec) {
  const { images, count } = await toImageSet(samples, spec);
  return { name, group, images, count };
}

/** Characters of Omniglot (Lake et al. 2015), a class each: `.../<alphabet>/<character>/*.png`; ink becomes light. */
export function omniglotClasses(file, spec) {
  return withZip(file, async (names, read) => {
    const drawings = names.filter((name) => name.endsWith('.png'));
    const classes = [];
    for (const [folder, files] of Map.groupBy(drawings, (name) => path.posix.dirname(name))) {
      const alphabet = path.posix.basename(path.posix.dirname(folder));
      const samples = [];
      for (const name of files) samples.push({ file: await read(name), invert: true });
      classes.push(await toClass(`${alphabet}/${path.posix.basename(folder)}`, alphabet, samples, spec));
    }
    return classes;
  });
}

/** The ten digits of MNIST's test split. */
export async function digitClasses(spec) {
  const byDigit = Map.groupBy(await readDigits('t10k'), ({ label }) => label);
  const digits = [...byDigit].sort(([a], [b]) => a - b);
  return Promise.all(digits.map(([digit, own]) => toClass(`digit ${digit}`, 'digits', own.slice(0, DIGITS_PER_CLASS), spec))); // prettier-ignore
}

/** Characters that nobody uses: three straight strokes each, drawn again by a trembling hand. */
export function drawnClasses({ classes, drawings, seed }, { height: side }) {
  const prng = createPrng(seed);
  return Array.from({ length: classes }, (_, index) => {
    const strokes = Array.from({ length: 3 }, () => Array.from({ length: 4 }, () => 0.15 + 0.7 * prng.nextFloat()));
    const images = new Uint8Array(drawings * side * side * RGB);
    for (let n = 0; n < drawings; n++) {
      const trembling = strokes.map((stroke) => stroke.map((at) => at + 0.04 * prng.nextNormal()));
      drawStrokes(trembling, side, images.subarray(n * side * side * RGB, (n + 1) * side * side * RGB));
    }
    return { name: `drawn ${index}`, group: `script ${index % 5}`, images, count: drawings };
  });
}

function drawStrokes(strokes, side, image) {
  const points = 2 * side;
  for (const [x0, y0, x1, y1] of strokes) {
    for (let p = 0; p <= points; p++) {
      const x = Math.round((x0 + ((x1 - x0) * p) / points) * (side - 1));
      const y = Math.round((y0 + ((y1 - y0) * p) / points) * (side - 1));
      if (x >= 0 && y >= 0 && x < side && y < side) image.fill(255, (y * side + x) * RGB, (y * side + x + 1) * RGB);
    }
  }
}
