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
 * Compares predictions image by image, by McNemar's test (Psychometrika 12, 1947) in its exact form: of the images that
 * only one has right, each goes to either with even odds if both are equally good, so their split is binomial.
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
  return { better, worse, pValue: evenSplitProbability(better, worse) };
}

/** Chance that `a + b` even throws split at least as unevenly as `a` to `b`. */
function evenSplitProbability(a: number, b: number): number {
  const throws = a + b;
  let logTerm = -throws * Math.LN2;
  let tail = 0;
  for (let heads = 0; heads <= Math.min(a, b); heads++) {
    tail += Math.exp(logTerm);
    logTerm += Math.log((throws - heads) / (heads + 1));
  }
  return Math.min(1, 2 * tail);
}
