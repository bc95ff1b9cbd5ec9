import type { InputSpec } from '../../graph/graph.types.js';
import { decodeImage, IMAGE_LIMITS } from '../images/decode-image.js';
import { layOut } from './dataset-layout.js';
import type { PlacedImage } from './dataset-layout.js';
import { DatasetError } from './dataset.error.js';
import type { ImageSet, LoadedDataset } from './dataset.types.js';
import { openZip } from './zip-archive.js';
import type { ZipLimits, ZipMember } from './zip-archive.js';

/** Bounds for datasets of unknown origin, a small service's idea of a large one. */
export const DATASET_LIMITS: ZipLimits & {
  readonly classes: number;
  readonly labelCharacters: number;
  readonly decodedBytes: number;
} = {
  entries: 200_000,
  fileBytes: IMAGE_LIMITS.bytes,
  totalBytes: 4 * 1024 ** 3,
  classes: 1000,
  /** What a modulator file can hold: better refused now than after training. */
  labelCharacters: 256,
  /** All images in memory at the network's size: 350,000 of 32 × 32. */
  decodedBytes: 1024 ** 3,
};

export interface ReadDatasetOptions {
  /** Called after each image. */
  onProgress?(done: number, total: number): void;
  readonly signal?: AbortSignal;
  /** Stricter or wider bounds than {@link DATASET_LIMITS}. */
  readonly limits?: Partial<typeof DATASET_LIMITS>;
}

/** Images decoded at once: enough to keep the decoder's threads busy, few enough to bound memory. */
const CONCURRENCY = 8;
const RGB = 3;

/**
 * Reads a zip of images into memory, at the size a base network expects.
 *
 * Layout: see `layOut`. Images come in the order of their names, so the result is the same on every run.
 * @throws {DatasetError} for the archive, `ImageError` for an image in it, both naming the file; the signal's
 * reason when aborted.
 */
export async function readDatasetZip(
  path: string,
  spec: Pick<InputSpec, 'height' | 'width'>,
  options: ReadDatasetOptions = {},
): Promise<LoadedDataset> {
  const limits = { ...DATASET_LIMITS, ...options.limits };
  const archive = await openZip(path, limits);
  try {
    const { labels, images } = layOut(archive.members.map((member) => member.name));
    if (labels.length > limits.classes) throw new DatasetError(`${labels.length} classes, more than ${limits.classes}`);
    const long = labels.find((label) => label.length > limits.labelCharacters);
    if (long !== undefined)
      throw new DatasetError(`class name of more than ${limits.labelCharacters} characters`, long);
    const decodedBytes = images.length * spec.height * spec.width * RGB;
    if (decodedBytes > limits.decodedBytes) {
      throw new DatasetError(`decodes to ${decodedBytes} bytes, more than ${limits.decodedBytes}`);
    }
    const members = new Map(archive.members.map((member) => [member.name, member]));
    const train = images.filter((image) => image.split === 'train');
    const test = images.filter((image) => image.split === 'test');
    let done = 0;
    const onImage = () => options.onProgress?.(++done, images.length);
    const decode = (part: readonly PlacedImage[]) =>
      decodeSet(part, { members, labels, spec, onImage, signal: options.signal });
    return { labels, train: await decode(train), test: await decode(test) };
  } finally {
    archive.close();
  }
}

interface DecodeContext {
  readonly members: ReadonlyMap<string, ZipMember>;
  readonly labels: readonly string[];
  readonly spec: Pick<InputSpec, 'height' | 'width'>;
  readonly signal: AbortSignal | undefined;
  onImage(): void;
}

async function decodeSet(images: readonly PlacedImage[], context: DecodeContext): Promise<ImageSet> {
  const { members, labels, spec } = context;
  const imageSize = spec.height * spec.width * RGB;
  const indexOf = new Map(labels.map((label, index) => [label, index]));
  const pixels = new Uint8Array(images.length * imageSize);
  let failed = false;
  const queue = images.entries();
  const work = async (): Promise<void> => {
    for (const [index, { name }] of queue) {
      if (failed) return;
      context.signal?.throwIfAborted();
      const bytes = await members.get(name)?.read();
      if (bytes === undefined) throw new DatasetError('vanished', name);
      pixels.set(await decodeImage(bytes, spec, name), index * imageSize);
      context.onImage();
    }
  };
  const workers = Array.from({ length: CONCURRENCY }, () =>
    work().catch((error: unknown) => {
      failed = true;
      throw error;
    }),
  );
  // All must have stopped before the caller closes the archive under them.
  const outcomes = await Promise.allSettled(workers);
  const rejected = outcomes.find((outcome) => outcome.status === 'rejected');
  if (rejected) throw rejected.reason;
  return {
    images: pixels,
    labels: Uint16Array.from(images, (image) => indexOf.get(image.label) ?? 0),
    count: images.length,
  };
}
