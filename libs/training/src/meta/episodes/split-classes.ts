import { createPrng } from '@kernelcast/artifact';
import type { ClassImages } from './class-images.js';

export interface SplitOptions {
  /** Share of the classes, or of the groups, that meta-training never sees; at least one of them. */
  readonly heldOut: number;
  /** `class` holds single classes out, `group` whole groups: then what is new is a whole alphabet. */
  readonly by: 'class' | 'group';
  readonly seed: number;
}

export interface ClassSplit {
  readonly train: readonly ClassImages[];
  /** Of classes, or groups, that are not in `train`. */
  readonly test: readonly ClassImages[];
}

/** Divides classes between meta-training and meta-testing: what is measured is learning of what was never seen. */
export function splitClasses(classes: readonly ClassImages[], { heldOut, by, seed }: SplitOptions): ClassSplit {
  const keyOf = ({ name, group }: ClassImages) => (by === 'group' ? (group ?? name) : `${group ?? ''}/${name}`);
  const keys = [...new Set(classes.map(keyOf))].sort();
  const prng = createPrng(seed);
  for (let last = keys.length - 1; last > 0; last--) {
    const other = prng.nextUint32() % (last + 1);
    [keys[last], keys[other]] = [keys[other] ?? '', keys[last] ?? ''];
  }
  const held = new Set(keys.slice(0, Math.max(1, Math.round(heldOut * keys.length))));
  return {
    train: classes.filter((one) => !held.has(keyOf(one))),
    test: classes.filter((one) => held.has(keyOf(one))),
  };
}
