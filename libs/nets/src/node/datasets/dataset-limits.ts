import { IMAGE_LIMITS } from '../images/decode-image.js';
import type { ZipLimits } from './zip-archive.js';

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
