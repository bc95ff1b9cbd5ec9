import { createHash } from 'node:crypto';
import type { DatasetFinding } from '@kernelcast/contracts';
import type { PlacedImage } from './dataset-layout.js';
import { fault, hint } from './findings.js';

/** Finds images whose bytes are the same, as they come. It keeps 24 bytes and a reference of each. */
export class RepeatedImages {
  private readonly first = new Map<string, PlacedImage>();

  /** @returns what is wrong with having this image too, if an equal one came before */
  add(image: PlacedImage, bytes: Buffer): DatasetFinding | undefined {
    // 128 of the digest's bits: a pair that only looks equal would take 2^64 images.
    const key = createHash('sha256').update(bytes).digest('base64').slice(0, 22);
    const earlier = this.first.get(key);
    if (earlier) return compare(image, earlier);
    this.first.set(key, image);
    return undefined;
  }
}

const compare = (image: PlacedImage, earlier: PlacedImage): DatasetFinding => {
  const { name: file, label, split } = image;
  if (label !== earlier.label)
    return fault('conflicting_labels', file, `the same image is ${earlier.name}, of another class`);
  if (split !== earlier.split)
    return fault('leakage', file, `the same image is ${earlier.name}: what is trained on cannot be tested with`);
  const held = split === null ? '; one of them may be held out for testing' : '';
  return hint('duplicate_image', file, `the same image is ${earlier.name}${held}`);
};
