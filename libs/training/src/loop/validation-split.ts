import type { ImageSet } from '@kernelcast/nets/node';
import { deriveSeed, STREAM } from '../data/seeds.js';

export interface ValidationSplit {
  readonly train: ImageSet;
  /** Held back; empty when no class has an image to spare. */
  readonly validation: ImageSet;
}

/**
 * Holds back a share of each class's images. Which ones follows from the seed and an image's place in the dataset;
 * of each class at least one image stays, and at least one is held back where there are two.
 */
export function splitValidation(images: ImageSet, share: number, seed: number): ValidationSplit {
  const held = new Uint8Array(images.count);
  for (const members of indicesByClass(images).values()) {
    const order = members
      .map((index) => ({ index, drawn: deriveSeed(seed, STREAM.validation, index) }))
      .sort((a, b) => a.drawn - b.drawn || a.index - b.index);
    const count = Math.min(members.length - 1, Math.max(1, Math.round(share * members.length)));
    for (const { index } of order.slice(0, count)) held[index] = 1;
  }
  return {
    train: subset(images, (index) => held[index] === 0),
    validation: subset(images, (index) => held[index] === 1),
  };
}

function indicesByClass({ labels }: ImageSet): Map<number, number[]> {
  const classes = new Map<number, number[]>();
  labels.forEach((label, index) => {
    const members = classes.get(label);
    if (members) members.push(index);
    else classes.set(label, [index]);
  });
  return classes;
}

function subset({ images, labels, count }: ImageSet, isIn: (index: number) => boolean): ImageSet {
  const size = images.length / count;
  const indices = Uint32Array.from(labels.keys()).filter(isIn);
  const picked = new Uint8Array(indices.length * size);
  indices.forEach((index, n) => picked.set(images.subarray(index * size, (index + 1) * size), n * size));
  return { images: picked, labels: Uint16Array.from(indices, (index) => labels[index] ?? 0), count: indices.length };
}
