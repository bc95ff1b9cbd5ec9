import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import type { DatasetFinding } from '@kernelcast/contracts';
import sharp from 'sharp';
import { ZipFile } from 'yazl';
import type { DatasetLimits } from '../../dataset-limits.js';
import { fault } from '../findings.js';
import { openEntry, type OpenZip } from '../zip-file.js';
import { ExactReader } from './exact-reader.js';
import { isPacked, type IdxPair } from './idx-names.js';

/** Magic numbers of unsigned bytes in one and in three dimensions (http://yann.lecun.com/exdb/mnist). */
const LABELS_MAGIC = 0x0801;
const IMAGES_MAGIC = 0x0803;
const MAX_SIDE = 4096;
/** The same files give the same archive, and so the same digest. */
const ZIP_TIME = new Date(Date.UTC(2000, 0, 1));

/** A file breaks its format. */
class IdxError extends Error {
  constructor(
    readonly file: string,
    cause: unknown,
  ) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/**
 * Writes IDX pairs as the archive of class folders that trainers read: `train/<label>/<number>.png`, losslessly. Images
 * are taken one by one, so that memory does not grow with their number.
 *
 * @returns what is wrong with the files, if anything is
 */
export const convertIdx = async (
  source: OpenZip,
  pairs: readonly IdxPair[],
  { target, limits }: { readonly target: string; readonly limits: DatasetLimits },
): Promise<DatasetFinding | undefined> => {
  const zip = new ZipFile();
  const output = zip.outputStream as unknown as Readable;
  let failed: unknown;
  // From the start: the first images are read while the second split is still being opened.
  zip.on('error', (error) => {
    failed ??= error;
    output.destroy(error as Error);
  });
  output.on('error', () => undefined);
  const readers: ExactReader[] = [];
  const open = async (name: string): Promise<ExactReader> => {
    const reader = await openReader(source, name);
    readers.push(reader);
    return reader;
  };
  try {
    for (const pair of pairs) await addSplit(zip, pair, { open, entriesLeft: limits.entries / pairs.length });
    zip.end();
    await pipeline(output, createWriteStream(target));
    return undefined;
  } catch (thrown) {
    const error = failed ?? thrown;
    if (error instanceof IdxError) return fault('bad_layout', error.file, error.message);
    throw error;
  } finally {
    for (const reader of readers) await reader.close();
  }
};

const openReader = async ({ zip, entries }: OpenZip, name: string): Promise<ExactReader> => {
  const entry = entries.get(name);
  if (!entry) throw new IdxError(name, 'is not in the archive');
  const stream = await openEntry(zip, entry);
  return new ExactReader(isPacked(name) ? (stream.pipe(createGunzip()) as AsyncIterable<Buffer>) : toBuffers(stream));
};

const toBuffers = (stream: NodeJS.ReadableStream): AsyncIterable<Buffer> => stream as AsyncIterable<unknown> as never;

interface SplitContext {
  readonly open: (name: string) => Promise<ExactReader>;
  readonly entriesLeft: number;
}

const addSplit = async (zip: ZipFile, pair: IdxPair, { open, entriesLeft }: SplitContext): Promise<void> => {
  const labels = await naming(pair.labels, async () => {
    const reader = await open(pair.labels);
    const [magic, count = 0] = await numbers(reader, 2);
    if (magic !== LABELS_MAGIC) throw new Error('is no IDX file of labels');
    if (count > entriesLeft) throw new Error(`${count} labels, more than ${entriesLeft}`);
    const bytes = await reader.read(count);
    await reader.expectEnd();
    return bytes;
  });
  const reader = await naming(pair.images, () => open(pair.images));
  const { height, width } = await naming(pair.images, () => readImagesHeader(reader, labels.length));
  labels.forEach((label, index) => {
    const path = `${pair.split}/${label}/${String(index).padStart(6, '0')}.png`;
    const next = () =>
      naming(pair.images, async () => {
        const pixels = await reader.read(height * width);
        if (index === labels.length - 1) await reader.expectEnd();
        return sharp(pixels, { raw: { width, height, channels: 1 } })
          .toColourspace('b-w')
          .png()
          .toBuffer();
      });
    zip.addReadStreamLazy(path, { mtime: ZIP_TIME, compress: false }, (done) => {
      next().then(
        (png) => done(null, Readable.from([png])),
        (error: unknown) => done(error, Readable.from([])),
      );
    });
  });
};

const readImagesHeader = async (reader: ExactReader, expected: number): Promise<{ height: number; width: number }> => {
  const [magic, count, height = 0, width = 0] = await numbers(reader, 4);
  if (magic !== IMAGES_MAGIC) throw new Error('is no IDX file of images');
  if (count !== expected) throw new Error(`${String(count)} images for ${expected} labels`);
  if (height < 1 || width < 1 || height > MAX_SIDE || width > MAX_SIDE)
    throw new Error(`images of ${width} x ${height} pixels`);
  return { height, width };
};

const numbers = async (reader: ExactReader, count: number): Promise<number[]> => {
  const bytes = await reader.read(4 * count);
  return Array.from({ length: count }, (_, i) => bytes.readUInt32BE(4 * i));
};

/** Says in which file a fault is. */
const naming = async <T>(file: string, work: () => Promise<T>): Promise<T> => {
  try {
    return await work();
  } catch (error) {
    throw error instanceof IdxError ? error : new IdxError(file, error);
  }
};
