import { pairedTest } from '@kernelcast/artifact';

/** How two sets of predictions for the same images differ. */
export interface PairedComparison {
  /** Images only the first has right. */
  readonly better: number;
  /** Images only the second has right. */
  readonly worse: number;
  /** Two-sided: how likely a split at least as uneven is where both err equally often. 1 where none differ. */
  readonly pValue: number;
}

/**
 * Compares predictions image by image, by McNemar's exact test.
 *
 * @throws {RangeError} unless all three are of the same images.
 */
export function comparePredictions(truth: Uint16Array, first: Uint16Array, second: Uint16Array): PairedComparison {
  if (first.length !== truth.length || second.length !== truth.length) {
    throw new RangeError(`${first.length} and ${second.length} predictions for ${truth.length} images`);
  }
  let [better, worse] = [0, 0];
  truth.forEach((label, image) => {
    const [mine, theirs] = [first[image] === label, second[image] === label];
    if (mine && !theirs) better++;
    if (theirs && !mine) worse++;
  });
  return { better, worse, pValue: pairedTest(better, worse).exact };
}
