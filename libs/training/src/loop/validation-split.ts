import type { Images } from '@kernelcast/nets/node';
import { subsetOf } from '../data/images.js';
import { deriveSeed, STREAM } from '../data/seeds.js';

export interface ValidationSplit {
  readonly train: Images;
  /** Held back; empty when no class has an image to spare. */
  readonly validation: Images;
}

/**
 * Holds back a share of each class's images. Which ones follows from the seed and an image's place in the dataset;
 * of each class at least one image stays, and at least one is held back where there are two.
 */
export function splitValidation(images: Images, share: number, seed: number): ValidationSplit {
  const held = new Uint8Array(images.count);
  for (const members of indicesByClass(images).values()) {
    const order = members
      .map((index) => ({ index, drawn: deriveSeed(seed, STREAM.validation, index) }))
      .sort((a, b) => a.drawn - b.drawn || a.index - b.index);
    const count = Math.min(members.length - 1, Math.max(1, Math.round(share * members.length)));
    for (const { index } of order.slice(0, count)) held[index] = 1;
  }
  const side = (isHeld: number) =>
    subsetOf(
      images,
      Uint32Array.from(held.keys()).filter((i) => held[i] === isHeld),
    );
  return { train: side(0), validation: side(1) };
}

function indicesByClass({ labels }: Images): Map<number, number[]> {
  const classes = new Map<number, number[]>();
  labels.forEach((label, index) => {
    const members = classes.get(label);
    if (members) members.push(index);
    else classes.set(label, [index]);
  });
  return classes;
}
