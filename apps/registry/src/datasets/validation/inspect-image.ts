import type { DatasetFinding } from '@kernelcast/contracts';
import sharp from 'sharp';
import { fault } from './findings.js';
import { formatOf, isImage } from './image-signature.js';

/** Decoded size, the trainers' own bound: 50 megapixels are 150 MB as RGB. */
const MAX_PIXELS = 50_000_000;
/** Larger images are decoded one at a time. */
const LARGE_PIXELS = 4_000_000;
/** Files that are probably small images, for which one pass of the decoder does; the pixels bound what it may hold. */
const SMALL = { bytes: 64 * 1024, pixels: 65_536 };
/** Rows and comparisons a row of the perceptual hash. */
const HASH_SIDE = 16;
/** Longest side of a thumbnail, in pixels. */
const THUMBNAIL_SIDE = 64;
const BACKGROUND = '#ffffff';

// No image is decoded twice, and several are at once: a cache and threads of their own would only cost memory.
sharp.cache(false);
sharp.concurrency(1);

export interface ImageFacts {
  readonly width: number;
  readonly height: number;
  readonly format: string;
  /** 256 bits: whether each pixel of the image, shrunk to 17 x 16 greys, is darker than its right neighbour. */
  readonly hash: Buffer;
}

let largeOnes: Promise<unknown> = Promise.resolve();

/** One at a time: what the decoder holds is then bounded by one image of `MAX_PIXELS`. */
const alone = <T>(work: () => Promise<T>): Promise<T> => {
  const result = largeOnes.then(work);
  largeOnes = result.catch(() => undefined);
  return result;
};

/**
 * Decodes an image of unknown origin in whole, as trainers will, and keeps a perceptual hash of it: the difference hash
 * (N. Krawetz, "Kind of Like That", 2013) at 16 x 16 comparisons.
 *
 * @returns what it is, or why it is refused
 */
export const inspectImage = async (bytes: Buffer, file: string): Promise<ImageFacts | DatasetFinding> => {
  if (!isImage(bytes)) return fault('not_an_image', file, 'neither PNG, JPEG nor WebP by its first bytes');
  return (await inspectSmall(bytes)) ?? inspectAny(bytes, file);
};

/** Half the decoder's work, of which a set of tens of thousands of small images has a lot. */
const inspectSmall = async (bytes: Buffer): Promise<ImageFacts | undefined> => {
  if (bytes.length > SMALL.bytes) return undefined;
  try {
    const options = { limitInputPixels: SMALL.pixels, failOn: 'error', pages: 1 } as const;
    const { data, info } = await sharp(bytes, options).raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    const { width, height } = info;
    return { width, height, format: formatOf(bytes), hash: hashOf(shrink(data, info)) };
  } catch {
    // Not as small as it seemed, or damaged: the other way says what.
    return undefined;
  }
};

const inspectAny = async (bytes: Buffer, file: string): Promise<ImageFacts | DatasetFinding> => {
  try {
    const { width, height } = await sharp(bytes, { limitInputPixels: false }).metadata();
    const pixels = width * height;
    if (pixels > MAX_PIXELS)
      return fault('image_too_large', file, `${width} x ${height} pixels, more than ${MAX_PIXELS} in all`);
    const greys = await (pixels > LARGE_PIXELS ? alone(() => decodeShrunk(bytes)) : decodeShrunk(bytes));
    return { width, height, format: formatOf(bytes), hash: hashOf(greys) };
  } catch (error) {
    return fault('image_damaged', file, error instanceof Error ? firstLine(error.message) : 'cannot be decoded');
  }
};

const firstLine = (text: string): string => text.split('\n', 1)[0]?.slice(0, 200) ?? '';

const decodeShrunk = (bytes: Buffer): Promise<Buffer> =>
  sharp(bytes, { limitInputPixels: MAX_PIXELS, failOn: 'error', pages: 1 })
    .flatten({ background: BACKGROUND })
    .resize(HASH_SIDE + 1, HASH_SIDE, { fit: 'fill' })
    .toColourspace('b-w')
    .raw({ depth: 'uchar' })
    .toBuffer();

interface Raw {
  readonly width: number;
  readonly height: number;
  readonly channels: number;
}

/** Averages the first channels of rectangles of pixels, down to the 17 x 16 values of the hash. */
const shrink = (data: Uint8Array, { width, height, channels }: Raw): Float64Array => {
  const [columns, rows] = [HASH_SIDE + 1, HASH_SIDE];
  const colours = channels < 3 ? 1 : 3;
  const greys = new Float64Array(columns * rows);
  for (let at = 0; at < greys.length; at++) {
    const [row, column] = [Math.floor(at / columns), at % columns];
    const [top, left] = [Math.floor((row * height) / rows), Math.floor((column * width) / columns)];
    const bottom = Math.max(top + 1, Math.floor(((row + 1) * height) / rows));
    const right = Math.max(left + 1, Math.floor(((column + 1) * width) / columns));
    let sum = 0;
    for (let y = top; y < bottom; y++)
      for (let x = left; x < right; x++)
        for (let c = 0; c < colours; c++) sum += data[(y * width + x) * channels + c] ?? 0;
    greys[at] = sum / ((bottom - top) * (right - left) * colours);
  }
  return greys;
};

const hashOf = (greys: ArrayLike<number>): Buffer => {
  const hash = Buffer.alloc((HASH_SIDE * HASH_SIDE) / 8);
  for (let bit = 0; bit < HASH_SIDE * HASH_SIDE; bit++) {
    const at = bit + Math.floor(bit / HASH_SIDE);
    if ((greys[at] ?? 0) < (greys[at + 1] ?? 0)) hash[bit >> 3] = (hash[bit >> 3] ?? 0) | (1 << (bit & 7));
  }
  return hash;
};

/** A small WebP of an image that `inspectImage` accepted. */
export const thumbnailOf = (bytes: Buffer): Promise<Buffer> =>
  alone(() =>
    sharp(bytes, { limitInputPixels: MAX_PIXELS, pages: 1 })
      .autoOrient()
      .resize(THUMBNAIL_SIDE, THUMBNAIL_SIDE, { fit: 'inside', withoutEnlargement: true })
      .webp({ quality: 75 })
      .toBuffer(),
  );
