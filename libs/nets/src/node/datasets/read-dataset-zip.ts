import type { InputSpec } from '../../graph/graph.types.js';
import { decodeImage } from '../images/decode-image.js';
import { openDatasetArchive } from './dataset-archive.js';
import type { DatasetArchive, SplitFiles } from './dataset-archive.js';
import { DATASET_LIMITS } from './dataset-limits.js';
import { DatasetError } from './dataset.error.js';
import type { Dataset, ImageFiles, ImageSet, LoadedDataset } from './dataset.types.js';
import { DECODERS } from './slots.js';
import type { ZipMember } from './zip-archive.js';

export interface ReadDatasetOptions {
  /** Called after each image. */
  onProgress?(done: number, total: number): void;
  readonly signal?: AbortSignal;
  /** Stricter or wider bounds than {@link DATASET_LIMITS}. */
  readonly limits?: Partial<typeof DATASET_LIMITS>;
}

type Size = Pick<InputSpec, 'height' | 'width'>;

const RGB = 3;

/**
 * Reads a zip of images into memory, at the size a base network expects. The pixels are in shared memory, so that
 * other threads can have them without a copy.
 *
 * Layout: see `layOut`. Images come in the order of their names, so the result is the same on every run.
 * @throws {DatasetError} for the archive, `ImageError` for an image in it, both naming the file; the signal's
 * reason when aborted.
 */
export async function readDatasetZip(
  path: string,
  size: Size,
  options: ReadDatasetOptions = {},
): Promise<LoadedDataset> {
  const limits = { ...DATASET_LIMITS, ...options.limits };
  const archive = await openDatasetArchive(path, limits);
  try {
    const bytes = decodedBytes(archive, size);
    if (bytes > limits.decodedBytes) {
      throw new DatasetError(`decodes to ${bytes} bytes, more than ${limits.decodedBytes}`);
    }
    return await decodeAll(archive, size, options);
  } finally {
    archive.zip.close();
  }
}

/**
 * Like {@link readDatasetZip} where the images fit into memory, `limits.decodedBytes`. Where they do not, they stay in
 * the archive to be decoded when they are needed, at every use to the same pixels; an image that cannot be decoded
 * is then found no sooner.
 */
export async function openDatasetZip(path: string, size: Size, options: ReadDatasetOptions = {}): Promise<Dataset> {
  const limits = { ...DATASET_LIMITS, ...options.limits };
  const archive = await openDatasetArchive(path, limits);
  try {
    if (decodedBytes(archive, size) <= limits.decodedBytes) return await decodeAll(archive, size, options);
    const files = ({ names, labels }: SplitFiles): ImageFiles => {
      return { archive: path, names, labels, count: names.length, height: size.height, width: size.width };
    };
    return { labels: archive.labels, train: files(archive.train), test: files(archive.test) };
  } finally {
    archive.zip.close();
  }
}

function decodedBytes({ train, test }: DatasetArchive, { height, width }: Size): number {
  return (train.names.length + test.names.length) * height * width * RGB;
}

async function decodeAll(
  { zip, labels, train, test }: DatasetArchive,
  size: Size,
  { signal, onProgress }: ReadDatasetOptions,
): Promise<LoadedDataset> {
  const members = new Map(zip.members.map((member) => [member.name, member]));
  let done = 0;
  const onImage = () => onProgress?.(++done, train.names.length + test.names.length);
  const decode = (files: SplitFiles) => decodeSet(files, { members, size, onImage, signal });
  return { labels, train: await decode(train), test: await decode(test) };
}

interface DecodeContext {
  readonly members: ReadonlyMap<string, ZipMember>;
  readonly size: Size;
  readonly signal: AbortSignal | undefined;
  onImage(): void;
}

async function decodeSet({ names, labels }: SplitFiles, context: DecodeContext): Promise<ImageSet> {
  const { members, size } = context;
  const imageSize = size.height * size.width * RGB;
  const pixels = new Uint8Array(new SharedArrayBuffer(names.length * imageSize));
  let failed = false;
  const queue = names.entries();
  const work = async (): Promise<void> => {
    for (const [index, name] of queue) {
      if (failed) return;
      context.signal?.throwIfAborted();
      const bytes = await members.get(name)?.read();
      if (bytes === undefined) throw new DatasetError('vanished', name);
      pixels.set(await decodeImage(bytes, size, name), index * imageSize);
      context.onImage();
    }
  };
  const workers = Array.from({ length: DECODERS }, () =>
    work().catch((error: unknown) => {
      failed = true;
      throw error;
    }),
  );
  // All must have stopped before the caller closes the archive under them.
  const outcomes = await Promise.allSettled(workers);
  const rejected = outcomes.find((outcome) => outcome.status === 'rejected');
  if (rejected) throw rejected.reason;
  return { images: pixels, labels, count: names.length };
}
