import sharp from 'sharp';
import type { Sharp } from 'sharp';
import type { InputSpec } from '../../graph/graph.types.js';
import { ImageError } from './image.error.js';

/** Bounds for images of unknown origin. */
export const IMAGE_LIMITS = {
  /** Size of the file. A photo of a recent phone has 2-12 MB. */
  bytes: 16 * 1024 * 1024,
  /** Decoded size, so that a small file cannot claim gigabytes: 50 megapixels are 150 MB as RGB. */
  pixels: 50_000_000,
} as const;

const RGB = 3;
/** Transparent pixels become white, as on a page. */
const BACKGROUND = '#ffffff';

/** First bytes of the formats we accept; others (SVG, PDF, GIF, ...) are not handed to a decoder at all. */
const SIGNATURES: readonly { readonly offset: number; readonly bytes: readonly number[] }[] = [
  { offset: 0, bytes: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] }, // PNG
  { offset: 0, bytes: [0xff, 0xd8, 0xff] }, // JPEG
  { offset: 8, bytes: [0x57, 0x45, 0x42, 0x50] }, // WebP, after RIFF and its length
];

/**
 * Decodes a PNG, JPEG or WebP into the size a base network expects: `h · w · 3` bytes of sRGB, row by row.
 *
 * Turned upright by EXIF, alpha laid over white, greyscale repeated in three channels, 16 bits reduced to 8;
 * stretched to the target size (Lanczos) when it differs, so nothing of the picture is cut off.
 * @param file - name for errors.
 * @throws {ImageError} when the bytes are too many, no such image, truncated or too large when decoded.
 */
export async function decodeImage(
  bytes: Uint8Array,
  spec: Pick<InputSpec, 'height' | 'width'>,
  file?: string,
): Promise<Uint8Array> {
  if (bytes.byteLength > IMAGE_LIMITS.bytes) {
    throw new ImageError(`${bytes.byteLength} bytes, more than ${IMAGE_LIMITS.bytes}`, file);
  }
  if (!SIGNATURES.some((signature) => signature.bytes.every((byte, i) => bytes[signature.offset + i] === byte))) {
    throw new ImageError('neither PNG, JPEG nor WebP', file);
  }
  try {
    const { data, info } = await pipeline(bytes, spec).raw({ depth: 'uchar' }).toBuffer({ resolveWithObject: true });
    return toRgb(data, info.channels);
  } catch (cause) {
    throw new ImageError(cause instanceof Error ? cause.message : 'undecodable', file, { cause });
  }
}

function pipeline(bytes: Uint8Array, { height, width }: Pick<InputSpec, 'height' | 'width'>): Sharp {
  return sharp(bytes, { limitInputPixels: IMAGE_LIMITS.pixels, failOn: 'error', pages: 1 })
    .autoOrient()
    .flatten({ background: BACKGROUND })
    .toColourspace('srgb')
    .resize(width, height, { fit: 'fill' });
}

function toRgb(data: Uint8Array, channels: number): Uint8Array {
  if (channels === RGB) return new Uint8Array(data);
  const rgb = new Uint8Array((data.length / channels) * RGB);
  for (let i = 0; i < rgb.length; i++) rgb[i] = data[Math.floor(i / RGB) * channels] ?? 0;
  return rgb;
}
