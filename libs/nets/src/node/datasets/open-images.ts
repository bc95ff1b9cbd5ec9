import { decodeImage } from '../images/decode-image.js';
import type { ImageFiles, Images, ImageSet } from './dataset.types.js';
import { DATASET_LIMITS } from './dataset-limits.js';
import { DatasetError } from './dataset.error.js';
import { DecodedCache } from './decoded-cache.js';
import { DECODERS, Slots } from './slots.js';
import { openZip } from './zip-archive.js';
import type { ZipArchive, ZipMember } from './zip-archive.js';

/** Reads images by their index, whether they are in memory or in an archive. */
export interface ImageReader {
  /**
   * Writes images, uint8 `[indices.length, h, w, 3]`, in the order asked for.
   *
   * @param target - exactly as large as that; half written when it rejects
   * @throws {DatasetError | ImageError} naming the file that cannot be unpacked or decoded
   */
  read(indices: Uint32Array, target: Uint8Array): Promise<void>;
  /** Waits for what is being read. */
  close(): Promise<void>;
}

export interface OpenImagesOptions {
  /** Bytes of decoded images to keep; only images in archives are. Default 256 MiB. */
  readonly cacheBytes?: number;
}

const DEFAULT_CACHE_BYTES = 256 * 1024 ** 2;
const RGB = 3;

/**
 * Opens images for reading.
 * @throws {DatasetError} when their archive cannot be opened any more.
 */
export async function openImages(images: Images, options: OpenImagesOptions = {}): Promise<ImageReader> {
  if (!('archive' in images)) return memoryReader(images);
  const archive = await openZip(images.archive, DATASET_LIMITS);
  return new FileReader(images, archive, new DecodedCache(options.cacheBytes ?? DEFAULT_CACHE_BYTES));
}

function memoryReader({ images, count }: ImageSet): ImageReader {
  const size = images.length / count;
  return {
    read: async (indices, target) => {
      indices.forEach((index, n) => target.set(images.subarray(index * size, (index + 1) * size), n * size));
    },
    close: async () => undefined,
  };
}

class FileReader implements ImageReader {
  private readonly members: ReadonlyMap<string, ZipMember>;
  /** What is being decoded, so that nothing is twice. */
  private readonly decoding = new Map<number, Promise<Uint8Array>>();
  private readonly slots = new Slots(DECODERS);

  constructor(
    private readonly files: ImageFiles,
    private readonly archive: ZipArchive,
    private readonly cache: DecodedCache,
  ) {
    this.members = new Map(archive.members.map((member) => [member.name, member]));
  }

  async read(indices: Uint32Array, target: Uint8Array): Promise<void> {
    const size = this.files.height * this.files.width * RGB;
    const writing = Array.from(indices, async (index, n) => target.set(await this.image(index), n * size));
    // All must be done with the target before the caller uses it for something else.
    const outcomes = await Promise.allSettled(writing);
    const rejected = outcomes.find((outcome) => outcome.status === 'rejected');
    if (rejected) throw rejected.reason;
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.decoding.values());
    this.archive.close();
  }

  private async image(index: number): Promise<Uint8Array> {
    const image = this.cache.get(index) ?? this.decoding.get(index);
    if (image !== undefined) return image;
    const decoding = this.slots.run(() => this.decode(index));
    this.decoding.set(index, decoding);
    try {
      const decoded = await decoding;
      this.cache.set(index, decoded);
      return decoded;
    } finally {
      this.decoding.delete(index);
    }
  }

  private async decode(index: number): Promise<Uint8Array> {
    const name = this.files.names[index] ?? '';
    const bytes = await this.members.get(name)?.read();
    if (bytes === undefined) throw new DatasetError('vanished', name);
    return decodeImage(bytes, this.files, name);
  }
}
